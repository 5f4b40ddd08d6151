import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import {
  BaseStepOperator,
  SidestepError,
  type Capabilities,
  type LaunchContext,
  type StepRunInfo,
} from '@sidestep/core'

export interface PrefixConfig {
  /** What goes before the command: `['nice', '-n', '10']`, `['srun', '--mem=8G']`. */
  readonly prefix: readonly string[]
  /**
   * Each attempt gets a folder of its own below it, which the machine that runs the step must see, too. Absolute, or
   * relative to where the run is started.
   */
  readonly folder: string
}

/** Runs a step through another program. */
export class PrefixStepOperator extends BaseStepOperator<PrefixConfig> {
  static override readonly FLAVOR = 'prefix'
  override readonly capabilities: Capabilities = {
    image: 'none',
    adopt: false,
    logs: false,
    cancel: true, // a step that is to stop is told, and has ended when launch() has
    multiNode: false,
    resources: [],
  }

  async launch(info: StepRunInfo, command: readonly string[], context: LaunchContext): Promise<void> {
    const folder = resolve(this.config.folder, info.runId, info.stepRunId, String(info.attempt))
    await context.prepareEnvironment(folder) // the bundle, and node_modules with the step's requirements
    context.signal.throwIfAborted()

    const [program = 'node', ...args] = [...this.config.prefix, ...command]
    const env = { PATH: process.env['PATH'], ...context.environment }
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit'] })
    context.signal.addEventListener('abort', () => child.kill()) // SIGTERM: the step is told, and ends

    const [exitCode] = (await once(child, 'exit')) as [number | null]
    if (exitCode !== 0) {
      // The job is over: a kind that says so spares core from waiting for it.
      throw new SidestepError(`${program} in ${folder} ended with ${exitCode}`, { code: 'JOB_FAILED', kind: 'step' })
    }
  }
}
