import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { codeOf } from '@sidestep/core/files'

/**
 * Where everything of a job lies:
 *
 *     <home>/jobs/<token>/
 *       request.json     what is to run; the first one stays
 *       job.json         there is a job: who supervises it
 *       phases.jsonl     when it came to which phase
 *       group.json       the command's process, which leads its group
 *       end.json         why the supervisor ended the step, for the entrypoint to report
 *       exit.json        how it ended
 *       provider.<n>.log what npm and the entrypoint print, from byte n on
 *       supervisor.log   empty, or why the supervisor died
 *       step.mjs         the bundle
 *       node_modules     of the job's own environment
 *       bin/node         the Node.js that runs the job
 *       work/            the working directory
 */
export class JobFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  get request(): string {
    return join(this.path, 'request.json')
  }

  get job(): string {
    return join(this.path, 'job.json')
  }

  get phases(): string {
    return join(this.path, 'phases.jsonl')
  }

  get group(): string {
    return join(this.path, 'group.json')
  }

  get end(): string {
    return join(this.path, 'end.json')
  }

  get exit(): string {
    return join(this.path, 'exit.json')
  }

  get supervisorLog(): string {
    return join(this.path, 'supervisor.log')
  }

  get bundle(): string {
    return join(this.path, 'step.mjs')
  }

  get nodeModules(): string {
    return join(this.path, 'node_modules')
  }

  get bin(): string {
    return join(this.path, 'bin')
  }

  get work(): string {
    return join(this.path, 'work')
  }

  /** Where Node.js keeps the supervisor's modules compiled: the same ones for every job of the home. */
  get compileCache(): string {
    return join(this.path, '..', '..', 'compile-cache')
  }

  providerLog(offset: number): string {
    return join(this.path, `provider.${offset}.log`)
  }

  /** Where the files of the provider's log that are still there begin, in bytes, oldest first. */
  async providerLogOffsets(): Promise<number[]> {
    let names: string[]
    try {
      names = await readdir(this.path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    }
    return names
      .flatMap((name) => /^provider\.(\d+)\.log$/.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b)
  }
}
