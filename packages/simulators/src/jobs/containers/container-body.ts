import type { JobToRun } from '../job.ts'

const PREFIX = 'dev.sidestep.simulator'
/** On every container of a simulated job: the process that runs it. */
export const OWNER_LABEL: string = PREFIX
/** The runner. */
export const RUNNER_LABEL: string = `${PREFIX}.runner`
/** `true` where the engine got the image for this job's sake. */
export const PULLED_LABEL: string = `${PREFIX}.pulled`

/** What else a container is made of. */
export interface ContainerMarks {
  /** Of this process. */
  readonly owner: string
  /** Of this runner. */
  readonly runner: string
  /** Whether the image goes with the simulator. */
  readonly pulled: boolean
  /** Cores of the machine: an engine refuses to promise more. */
  readonly machineCpus: number
}

/** What the engine is asked to create. Pure. */
export function containerBody(job: JobToRun, { owner, runner, pulled, machineCpus }: ContainerMarks): object {
  const { image, command, words, environment, folders, memoryBytes, cpus } = job
  const [program, ...rest] = command
  return {
    Image: image,
    ...(program === undefined ? words !== undefined && { Cmd: words } : { Entrypoint: [program], Cmd: rest }),
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: {
      [OWNER_LABEL]: owner,
      [RUNNER_LABEL]: runner,
      [PULLED_LABEL]: String(pulled),
      [`${PREFIX}.job`]: job.name,
    },
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      // The simulator listens on 127.0.0.1 of this machine, and nowhere else.
      NetworkMode: 'host',
      RestartPolicy: { Name: 'no' },
      AutoRemove: false,
      // All of it is read as it comes.
      LogConfig: { Type: 'none' },
      Mounts: Object.entries(folders).map(([Target, Source]) => ({ Type: 'bind', Source, Target })),
      ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
      ...(cpus === undefined || cpus >= machineCpus ? {} : { NanoCpus: Math.max(Math.round(cpus * 1e9), 1e7) }),
    },
  }
}
