import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  cpSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { StoreFault } from './project/faulty-store-class.ts'
import type { Evidence } from './project/evidence.ts'

const PROJECT = fileURLToPath(new URL('project', import.meta.url))
const PACKAGES = fileURLToPath(new URL('../node_modules', import.meta.url))

/** Where everything of one trial lies: the user's project, the home of its state, and what the driver keeps. */
export class TrialFiles {
  readonly folder: string

  /** @param shared Folder of what trials leave for each other, and that costs much to make. */
  constructor(folder: string, shared: string) {
    this.folder = folder
    for (const name of ['home/bundles', 'home/images', 'gates', 'launchers'])
      mkdirSync(join(folder, name), { recursive: true, mode: 0o700 })
    cpSync(PROJECT, this.project, { recursive: true })
    writeFileSync(join(this.project, 'package.json'), '{ "name": "matrix-project", "type": "module" }\n')
    symlinkSync(PACKAGES, join(this.project, 'node_modules'))
    // What Node.js compiled for one trial's supervisors serves those of the next, as do the half of bundles that is none of the
    // project's code and what was seen in the base image.
    for (const name of ['compile-cache', 'bundles/runtimes', 'images/bases']) {
      mkdirSync(join(shared, name), { recursive: true })
      symlinkSync(join(shared, name), join(this.home, name))
    }
  }

  get project(): string {
    return join(this.folder, 'project')
  }

  get home(): string {
    return join(this.folder, 'home')
  }

  /** Path without an ending, for what the n-th launcher is told and says. */
  launcher(n: number): string {
    return join(this.folder, 'launchers', String(n))
  }

  /** What user code left, oldest first. */
  evidence(): readonly Evidence[] {
    const path = join(this.folder, 'evidence.jsonl')
    if (!existsSync(path)) return []
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line) as Evidence)
  }

  openGate(step: string): void {
    writeFileSync(join(this.folder, 'gates', step), '')
  }

  isOpen(step: string): boolean {
    return existsSync(join(this.folder, 'gates', step))
  }

  /** `undefined`: the store works again. */
  setStoreFault(fault: StoreFault | undefined): void {
    writeFileSync(join(this.home, 'store-control'), fault ?? '')
  }

  /** Calls of the store that were harmed. */
  storeFaults(): number {
    const path = join(this.home, 'store-control.fired')
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0
  }

  /** The user edits the pipeline's code. */
  changeCode(): void {
    const path = join(this.project, 'version.ts')
    writeFileSync(path, readFileSync(path, 'utf8').replace('= 1', '= 2'))
  }

  note(line: string): void {
    appendFileSync(join(this.folder, 'trial.log'), `${line}\n`)
  }

  hasAnyRun(): boolean {
    const runs = join(this.home, 'store', 'runs')
    return existsSync(runs) && readdirSync(runs).length > 0
  }
}
