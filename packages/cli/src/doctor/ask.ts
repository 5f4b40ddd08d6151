import { execFile } from 'node:child_process'
import { codeOf } from '@sidestep/core/project'

/** A program that does not answer in this time, in milliseconds, is ended. */
const PATIENCE_MS = 20_000

/** What a program said. */
export interface Said {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. Rejects where it is not on PATH, or was ended by a signal. */
export function ask(program: string, args: readonly string[], { cwd }: { readonly cwd: string }): Promise<Said> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, timeout: PATIENCE_MS, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr })
      else if (codeOf(error) === 'ENOENT') reject(new Error(`${program} is not on PATH`, { cause: error }))
      else if (error.killed === true) reject(new Error(`${program} gave no answer in ${PATIENCE_MS / 1_000} s`, { cause: error }))
      else reject(error)
    })
  })
}
