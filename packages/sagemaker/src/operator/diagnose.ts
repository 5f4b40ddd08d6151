import { SidestepError, tryOut, type ComponentFinding, type DiagnoseOptions } from '@sidestep/core'

import { parseArn } from '../aws/arn.ts'
import { clientConfig } from '../aws/client-config.ts'
import { endpointOf } from '../aws/endpoint-of.ts'
import { isLoopback } from '../aws/is-loopback.ts'
import type { ResolvedSagemakerConfig } from '../config/resolved-config.ts'
import { asSidestepError } from './aws-error.ts'
import type { TrainingJobs } from './training-jobs.ts'

/** Who the launcher is, whether that is where the role is, and whether SageMaker answers. Nothing is made there. */
export async function diagnoseSagemaker(
  config: ResolvedSagemakerConfig,
  jobs: TrainingJobs,
  options: DiagnoseOptions,
): Promise<readonly ComponentFinding[]> {
  const { region, role } = config
  let account: string | undefined
  const identity = await tryOut('asking AWS who the launcher is', options, async () => {
    const caller = await callerOf(config, options.signal)
    account = caller.account
    return { state: 'ok', found: `${caller.arn}${whereOf(config)}` }
  })
  const place = account === undefined ? [] : [roleFinding(role, account)]
  const answers = await tryOut(`listing training jobs in ${region}`, options, async () => {
    await jobs.look(options.signal)
    return { state: 'ok', found: 'SageMaker answers' }
  })
  return [identity, ...place, answers]
}

/** A job's role and the job are in one account. Pure. */
export function roleFinding(role: string, account: string): ComponentFinding {
  const tried = 'comparing the role with the account'
  const arn = parseArn(role)
  if (arn?.account === account) return { tried, state: 'ok', found: `${arn.resource} is in the account ${account}` }
  return {
    tried,
    state: 'problem',
    found: `the role ${role} is in the account ${arn?.account ?? '(none)'}, and the launcher in ${account}`,
    hint: "SageMaker takes roles of the caller's account alone: correct the role, or take credentials of its account.",
  }
}

async function callerOf(
  config: ResolvedSagemakerConfig,
  signal: AbortSignal,
): Promise<{ readonly account: string; readonly arn: string }> {
  const [{ GetCallerIdentityCommand, STSClient }, client] = await Promise.all([
    import('@aws-sdk/client-sts'),
    clientConfig(config),
  ])
  const sts = new STSClient(client)
  try {
    const { Account: account, Arn: arn } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal })
    if (account !== undefined && arn !== undefined) return { account, arn }
    throw new SidestepError('STS does not say who the launcher is', {
      code: 'LAUNCH_FAILED',
      kind: 'infra',
      hint: 'Is the endpoint one of AWS?',
    })
  } catch (error) {
    signal.throwIfAborted()
    throw asSidestepError(error, 'STS GetCallerIdentity')
  } finally {
    sts.destroy()
  }
}

function whereOf(config: ResolvedSagemakerConfig): string {
  const endpoint = endpointOf(config.endpoint, 'STS')
  return endpoint !== undefined && isLoopback(endpoint) ? `, at ${endpoint}: a simulator on this machine` : ''
}
