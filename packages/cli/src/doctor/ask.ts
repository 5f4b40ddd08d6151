import { execFile, type ExecFileException } from 'node:child_process'
import { promisify } from 'node:util'

/** A program that does not answer in this time, in milliseconds, is ended. */
const PATIENCE_MS = 20_000

/** What a program said. */
export interface Said {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const run = promisify(execFile)

/** Runs a program to its end. Rejects where it is not on PATH, or was ended by a signal. */
export async function ask(program: string, args: readonly string[], { cwd }: { readonly cwd: string }): Promise<Said> {
  try {
    return { exitCode: 0, ...(await run(program, args, { cwd, timeout: PATIENCE_MS, killSignal: 'SIGKILL' })) }
  } catch (error) {
    const { code, killed, stdout = '', stderr = '' } = error as ExecFileException
    if (typeof code === 'number') return { exitCode: code, stdout, stderr }
    if (code === 'ENOENT') throw new Error(`${program} is not on PATH`, { cause: error })
    if (killed === true) throw new Error(`${program} gave no answer in ${PATIENCE_MS / 1_000} s`, { cause: error })
    throw error
  }
}
