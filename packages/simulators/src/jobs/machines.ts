import type { Clock } from '../ground/clock.ts'
import type { JobEnd, JobRunner, JobToRun, RunningJob } from './job.ts'

/** The runner's own grace, which is of real time, must not come before that of the simulator's clock: the longest that it takes. */
const NO_GRACE_MS = 2 ** 31 - 1

/** What every machine of a job runs. */
export interface MachinesOptions<Host> extends Omit<JobToRun, 'folders' | 'graceMs' | 'onLine'> {
  /** By machine, of which there is one at least: folders of this machine by where the job sees them. */
  readonly folders: ReadonlyMap<Host, Readonly<Record<string, string>>>
  /** Each line of a machine's output. It must not throw. */
  readonly onLine: (host: Host, line: string) => void
  readonly runner: JobRunner
  readonly clock: Clock
}

/** How the machines of a job ended. */
export interface MachinesEnd<Host> {
  /** The one that failed first; where none did, the first one. */
  readonly host: Host
  readonly end: JobEnd
}

/** The machines of a job, as all clouds have them: each runs the same, and where one fails, all are ended. */
export class Machines<Host extends { readonly name: string }> {
  /** Resolves once all run: true; false where one never does. Never rejects. */
  readonly begun: Promise<boolean>
  /** Resolves once none of them runs any more. */
  readonly ended: Promise<MachinesEnd<Host>>
  readonly #running: readonly RunningJob[]
  readonly #clock: Clock

  private constructor(running: readonly RunningJob[], hosts: readonly Host[], clock: Clock) {
    this.#running = running
    this.#clock = clock
    this.begun = Promise.all(running.map(async (job) => job.begun)).then((all) => all.every(Boolean))
    this.ended = this.#end(hosts)
  }

  /** Starts them. Throws for what no runner can run; then none of them goes on. */
  static start<Host extends { readonly name: string }>(options: MachinesOptions<Host>): Machines<Host> {
    const { folders, onLine, runner, clock, ...job } = options
    const running: RunningJob[] = []
    try {
      for (const [host, own] of folders) {
        running.push(
          runner.run({
            ...job,
            name: `${job.name}-${host.name}`,
            folders: own,
            graceMs: NO_GRACE_MS,
            onLine: (line) => onLine(host, line),
          }),
        )
      }
    } catch (error) {
      for (const started of running) void started.kill()
      throw error
    }
    return new Machines(running, [...folders.keys()], clock)
  }

  /** SIGTERM to all, and SIGKILL after `graceMs` of the simulator's clock, or at once where the signal says so. Resolves at the end. */
  async stop(graceMs: number, signal: AbortSignal): Promise<void> {
    const stops = this.#running.map(async (job) => job.stop())
    const isOver = new AbortController()
    const ended = this.ended.then(() => isOver.abort())
    try {
      await this.#clock.wait(graceMs, { signal: AbortSignal.any([signal, isOver.signal]) })
    } catch (error) {
      if (!isOver.signal.aborted && !signal.aborted) throw error
    }
    await this.kill()
    await Promise.all([...stops, ended])
  }

  /** As machines that are taken away. Resolves at the end. */
  async kill(): Promise<void> {
    await Promise.all(this.#running.map(async (job) => job.kill()))
  }

  async #end(hosts: readonly Host[]): Promise<MachinesEnd<Host>> {
    let first: MachinesEnd<Host> | undefined
    const ends = this.#running.map(async (job, index) => {
      const end = await job.ended
      const isFailure = end.exitCode !== 0
      const host = hosts[index]!
      if (!isFailure || first !== undefined) return { host, end }
      first = { host, end }
      await this.kill()
      return first
    })
    const all = await Promise.all(ends)
    return first ?? all[0]!
  }
}
