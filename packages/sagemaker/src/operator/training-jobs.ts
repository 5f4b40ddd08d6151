import type {
  CreateTrainingJobCommandInput,
  ListTrainingJobsCommandInput,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import { systemClock, type Clock } from '@sidestep/core'

import { clientConfig, type AwsLocation } from '../aws/client-config.ts'
import { keepProvenTime } from '../aws/proven-time.ts'
import { AwsCaller, type AwsAnswer } from './aws-caller.ts'
import { classOf, isNoSuchJob, isStoppedAlready } from './aws-error.ts'
import type { CallBudget } from './call-budget.ts'
import type { TrainingJobRequest } from './request.ts'
import { readSummary, readTrainingJob } from './read-training-job.ts'
import type { TrainingJob, TrainingJobSummary } from './training-job.ts'
import { unreadableAnswer } from './unreadable-answer.ts'

/** The most that ListTrainingJobs gives at once. */
const PAGE_SIZE = 100

/** Which jobs a list has: all conditions must hold. */
export interface JobListQuery {
  readonly nameContains: string
  /** Only those that changed since. */
  readonly modifiedAfter?: Date
}

/** The calls of SageMaker that jobs are made and watched with. Each rejects with a `SidestepError`. */
export class TrainingJobs {
  readonly #caller: AwsCaller<SageMakerClient>

  constructor(location: AwsLocation, budget: CallBudget, clock: Clock = systemClock) {
    this.#caller = new AwsCaller<SageMakerClient>({
      service: 'SageMaker',
      budget,
      clock,
      connect: async () => {
        const [{ SageMakerClient: Client }, config] = await Promise.all([
          import('@aws-sdk/client-sagemaker'),
          clientConfig(location),
        ])
        const client = new Client({ ...config, maxAttempts: 1 })
        keepProvenTime(client)
        return client
      },
    })
  }

  /** Resolves when one job may be created. */
  async turn(signal: AbortSignal): Promise<void> {
    await this.#caller.turn('CreateTrainingJob', signal)
  }

  /**
   * The ARN of the new job; `undefined` where there is one of that name. What may have got lost is not sent again. `hasTurn`: it was
   * waited for already.
   */
  async create(
    input: TrainingJobRequest,
    { signal, hasTurn }: { readonly signal: AbortSignal; readonly hasTurn: boolean },
  ): Promise<string | undefined> {
    try {
      const { output } = await this.#caller.call<{ readonly TrainingJobArn: string }>(
        async () => new (await sdk()).CreateTrainingJobCommand(input as unknown as CreateTrainingJobCommandInput),
        { operation: 'CreateTrainingJob', signal, repeatable: false, hasTurn, expects: isTaken, isWhole: hasArn },
      )
      return output.TrainingJobArn
    } catch (error) {
      if (isTaken(error)) return undefined
      throw error
    }
  }

  /** `undefined` where there is none of that name. */
  async describe(name: string, signal: AbortSignal): Promise<AwsAnswer<TrainingJob> | undefined> {
    try {
      const { output, at } = await this.#caller.call<object>(
        async () => new (await sdk()).DescribeTrainingJobCommand({ TrainingJobName: name }),
        {
          operation: 'DescribeTrainingJob',
          signal,
          repeatable: true,
          expects: isNoSuchJob,
          // An answer about another job would end this one.
          isWhole: (output) => isOfJob(output, name),
        },
      )
      return { output: readTrainingJob(output), at }
    } catch (error) {
      if (isNoSuchJob(error)) return undefined
      throw error
    }
  }

  /**
   * Pages of jobs, the oldest first: what is created meanwhile comes last, and moves nothing from one page to another. A
   * page may be empty.
   */
  async *list(
    { nameContains, modifiedAfter }: JobListQuery,
    signal: AbortSignal,
  ): AsyncGenerator<AwsAnswer<readonly TrainingJobSummary[]>> {
    const asked = new Set<string>()
    let next: string | undefined
    do {
      if (next !== undefined) asked.add(next)
      const input: ListTrainingJobsCommandInput = {
        NameContains: nameContains,
        SortBy: 'CreationTime',
        SortOrder: 'Ascending',
        MaxResults: PAGE_SIZE,
        ...(modifiedAfter === undefined ? {} : { LastModifiedTimeAfter: modifiedAfter }),
        ...(next === undefined ? {} : { NextToken: next }),
      }
      const { output, at } = await this.#caller.call<{
        readonly TrainingJobSummaries: readonly unknown[]
        readonly NextToken?: string
      }>(async () => new (await sdk()).ListTrainingJobsCommand(input), {
        operation: 'ListTrainingJobs',
        signal,
        repeatable: true,
        isWhole: hasSummaries,
      })
      yield { output: output.TrainingJobSummaries.flatMap(readSummary), at }
      next = output.NextToken
      // Whoever went on would go round for ever.
      if (asked.has(next ?? '')) {
        throw unreadableAnswer('SageMaker ListTrainingJobs gave the token of a page that it had given before')
      }
    } while (typeof next === 'string' && next !== '')
  }

  /** Asks one page of one job: whether SageMaker answers at all. */
  async look(signal: AbortSignal): Promise<void> {
    await this.#caller.call(async () => new (await sdk()).ListTrainingJobsCommand({ MaxResults: 1 }), {
      operation: 'ListTrainingJobs',
      signal,
      repeatable: true,
    })
  }

  /** `true` where the job is being stopped, or has ended; `false` where there is none of that name. */
  async stop(name: string, signal: AbortSignal): Promise<boolean> {
    const expects = (error: unknown): boolean => isStoppedAlready(error) || isNoSuchJob(error)
    try {
      await this.#caller.call(async () => new (await sdk()).StopTrainingJobCommand({ TrainingJobName: name }), {
        operation: 'StopTrainingJob',
        signal,
        repeatable: true,
        expects,
        isEmpty: true,
      })
      return true
    } catch (error) {
      if (isNoSuchJob(error)) return false
      if (isStoppedAlready(error)) return true
      throw error
    }
  }
}

function hasArn({ TrainingJobArn }: { readonly TrainingJobArn?: unknown }): boolean {
  return typeof TrainingJobArn === 'string' && TrainingJobArn !== ''
}

function hasSummaries({ TrainingJobSummaries }: { readonly TrainingJobSummaries?: unknown }): boolean {
  return Array.isArray(TrainingJobSummaries)
}

function isOfJob(
  output: { readonly TrainingJobName?: unknown; readonly TrainingJobStatus?: unknown },
  name: string,
): boolean {
  const { TrainingJobName, TrainingJobStatus: status } = output
  return TrainingJobName === name && typeof status === 'string' && status !== ''
}

function isTaken(error: unknown): boolean {
  return classOf(error) === 'exists'
}

/** Imported with the first call. */
async function sdk(): Promise<typeof import('@aws-sdk/client-sagemaker')> {
  return import('@aws-sdk/client-sagemaker')
}
