import { AwsJsonService } from '../aws-json/aws-json-service.ts'
import type { Service } from '../ground/service.ts'
import { describeLogGroups, describeLogStreams } from './describe.ts'
import { filterLogEvents } from './filter-log-events.ts'
import { getLogEvents } from './get-log-events.ts'
import { LOGS_LIMITS } from './limits.ts'
import { unavailable } from './logs-errors.ts'
import type { LogsState } from './logs-state.ts'

/** Amazon CloudWatch Logs, as far as logs of jobs are read. */
export function logsService(state: LogsState): Service {
  return new AwsJsonService({
    name: 'logs',
    targetPrefix: 'Logs_20140328',
    signingName: 'logs',
    limits: LOGS_LIMITS,
    validationError: 'InvalidParameterException',
    lists: ['GetLogEvents', 'FilterLogEvents', 'DescribeLogStreams', 'DescribeLogGroups'],
    rates: RATES,
    operations: {
      GetLogEvents: { input: 'GetLogEventsRequest', run: (call) => getLogEvents(call, state) },
      FilterLogEvents: { input: 'FilterLogEventsRequest', run: (call) => filterLogEvents(call, state) },
      DescribeLogStreams: { input: 'DescribeLogStreamsRequest', run: (call) => describeLogStreams(call, state) },
      DescribeLogGroups: { input: 'DescribeLogGroupsRequest', run: (call) => describeLogGroups(call, state) },
    },
    errorFor: (kind) => (kind === 'server-error' || kind === 'capacity' ? unavailable() : undefined),
  })
}

/**
 * By account and region: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html. Regions differ, and the quotas
 * grew over the years: where that is so, these are the lowest.
 */
const RATES = {
  GetLogEvents: { perSecond: 10 },
  FilterLogEvents: { perSecond: 5 },
  DescribeLogStreams: { perSecond: 25 },
  DescribeLogGroups: { perSecond: 5 },
} as const
