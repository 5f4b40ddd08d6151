import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import {
  BaseStepOperator,
  SidestepError,
  type Capabilities,
  type JobHandle,
  type JobLabels,
  type JobToPrepare,
  type LaunchContext,
  type Observation,
  type StepRunInfo,
  type SubmitOptions,
} from '@sidestep/core'

import type { BrokenOperator } from './broken-operators.ts'
import { over } from './over.ts'
import type { SoundConfig } from './sound-operator.ts'
import { SoundService, type SoundJob, type SoundRequest } from './sound-service.ts'

const HANDS =
  'big values, lists of results and files pass between jobs by reference, also of steps side by side and of commands'
const THROWS =
  'a step that throws or exits fails with the kind step: its error with cause and place, its exit code, and 0 is no success'
const BUDGET =
  'a step that has used up its budget, also one that waits, is ended as a timeout that names it; what is left ends nothing'
const LOG =
  'a log of thousands of lines, long ones and one without an end is kept whole, once and in order, and so does who follows it get it'
const AGAIN =
  'an attempt that is launched again finds its job, and one that was closed runs no code of a job that comes late'

/** Each job has a folder for temporary files, which nobody has made. */
class NowhereToWrite extends SoundService {
  protected override environmentOf(request: SoundRequest): Readonly<Record<string, string>> {
    return { ...super.environmentOf(request), TMPDIR: join(this.folder, 'temporary') }
  }
}

/** Calls of one step have one name. */
class NamedByItsStep extends SoundService {
  protected override idOf({ runId, stepRunId }: JobLabels): string {
    return `${runId}-${stepRunId.replace(/-[^-]+$/, '')}`
  }
}

/** Means well: logs are smaller. */
class WithoutStacks extends SoundService {
  protected override environmentOf(request: SoundRequest): Readonly<Record<string, string>> {
    return { ...super.environmentOf(request), NODE_OPTIONS: '--stack-trace-limit=0' }
  }
}

/** The provider's clock counts seconds. */
class CountsSeconds extends SoundService {
  protected override stateOf(job: SoundJob): Omit<Observation, 'at'> {
    return { ...super.stateOf(job), phases: [{ phase: 'running', at: new Date(Date.now() / 1_000).toISOString() }] }
  }
}

/** Lets its provider end jobs after so many minutes. */
class LimitsInMinutes extends SoundService {
  override prepare(job: JobToPrepare<object, undefined>): SoundRequest {
    const { totalMs } = job.info.config.timeouts
    const minutes = totalMs === undefined ? undefined : Math.floor(totalMs / 60_000)
    return { ...super.prepare(job), ...(minutes === undefined ? {} : { minutes }) }
  }
  protected override async start(id: string, request: SoundRequest, options: SubmitOptions): Promise<SoundJob> {
    const job = await super.start(id, request, options)
    const { minutes } = request as SoundRequest & { readonly minutes?: number }
    if (minutes !== undefined) setTimeout(() => job.child.kill('SIGKILL'), minutes * 60_000).unref()
    return job
  }
}

/** Each look reads the log as well. */
class ReadsAsItLooks extends SoundService {
  override async observe(handles: readonly JobHandle[]): Promise<ReadonlyMap<string, Observation>> {
    await Promise.all(handles.map(async (handle) => this.logs(handle, undefined)))
    return super.observe(handles)
  }
}

/** Says that it adopts, and makes a job with each launch. */
class MakesOneEachTime extends BaseStepOperator<SoundConfig> {
  static override readonly FLAVOR: string = 'plain'
  override readonly capabilities: Capabilities = {
    image: 'none',
    adopt: true,
    logs: false,
    cancel: true,
    multiNode: false,
    resources: [],
  }
  override async launch(info: StepRunInfo, command: readonly string[], context: LaunchContext): Promise<void> {
    const cwd = join(this.config.folder, randomUUID())
    await mkdir(cwd, { recursive: true })
    const { signal } = context
    signal.throwIfAborted()
    const env = { PATH: process.env['PATH'], ...context.environment }
    const child = spawn(process.execPath, [info.bundle.path, ...command.slice(2)], { cwd, env, stdio: 'ignore' })
    signal.addEventListener('abort', () => child.kill())
    const [exitCode] = (await once(child, 'exit')) as [number | null]
    if (exitCode !== 0) throw new SidestepError(`it ended with ${exitCode}`, { code: 'JOB_FAILED', kind: 'step' })
  }
}

/** Every one has one mistake, and each is of what a job has beside its create. */
export const BROKEN_JOBS: readonly BrokenOperator[] = [
  { mistake: 'jobs have nowhere to write', Operator: over(NowhereToWrite), check: HANDS, message: /TMPDIR/ },
  { mistake: 'jobs are named by their steps', Operator: over(NamedByItsStep), check: HANDS, message: /context\.token/ },
  { mistake: 'stacks are switched off', Operator: over(WithoutStacks), check: THROWS, message: /where the step threw/ },
  { mistake: 'times are in seconds', Operator: over(CountsSeconds), check: BUDGET, message: /not used up/ },
  {
    mistake: 'a limit is rounded down to minutes',
    Operator: over(LimitsInMinutes),
    check: BUDGET,
    message: /fails with the kind timeout/,
  },
  {
    mistake: 'each look reads the log',
    Operator: over(ReadsAsItLooks),
    check: LOG,
    message: /providers limit how often/,
  },
  { mistake: 'each launch makes a job', Operator: MakesOneEachTime, check: AGAIN, message: /begins once/ },
]
