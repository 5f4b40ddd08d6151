import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(import.meta.resolve('@sidestep/cli/package.json').replace(/package\.json$/, 'src/bin.ts'))
const PROJECT = dirname(fileURLToPath(import.meta.resolve('@sidestep/example-penguins/package.json')))
const END_WITH_PARENT = import.meta.resolve('./end-with-parent.ts')
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Where and with what the pipeline runs. */
export interface RunPipelineOptions {
  readonly environment: NodeJS.ProcessEnv
  /** In its own folder, where its sidestep.yaml is; else in the one that this process is in. */
  readonly inProject: boolean
}

/**
 * `sidestep run` of the penguins, with further arguments. It is in a session of its own, so that Ctrl-C, which a terminal sends to all,
 * reaches it once: by this process, which has to outlive it. If this one is killed, it ends as well. Resolves to its exit code.
 */
export async function runPipeline(
  args: readonly string[],
  { environment, inProject }: RunPipelineOptions,
): Promise<number> {
  const command = [`--import=${END_WITH_PARENT}`, CLI, 'run', join(PROJECT, 'src/pipeline.ts'), ...args]
  const child = spawn(process.execPath, command, {
    env: environment,
    ...(inProject ? { cwd: PROJECT } : {}),
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
  })
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  for (const signal of SIGNALS) process.on(signal, pass)
  try {
    const [code] = (await once(child, 'exit')) as [code: number | null]
    return code ?? 1
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass)
  }
}
