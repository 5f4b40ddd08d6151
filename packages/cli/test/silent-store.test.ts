import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { startSidestep } from './helpers/sidestep.ts'
import { until } from './helpers/until.ts'

/** A store behind a network: while the file `away` is there, a call fails after two seconds, as with the retries of an SDK. */
const STORE = `import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ArtifactStore, codeOf } from '@sidestep/core'

const ifThere = (error: unknown): undefined => {
  if (codeOf(error) !== 'ENOENT') throw error
}

export class Remote extends ArtifactStore<{ readonly folder: string }> {
  static override readonly FLAVOR = 'remote'
  readonly uri = 'remote://bucket/prefix'
  readonly jobConfig = this.config

  async #path(key: string): Promise<string> {
    for (let tries = 0; existsSync(join(this.config.folder, 'away')); tries += 1) {
      if (tries === 40) throw new Error('connect ECONNREFUSED 127.0.0.1:9')
      await delay(50)
    }
    const path = join(this.config.folder, 'objects', key)
    await mkdir(dirname(path), { recursive: true })
    return path
  }

  protected async putObject(key: string, body: Uint8Array): Promise<number> {
    await writeFile(await this.#path(key), body)
    return body.length
  }
  protected async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    return writeFile(await this.#path(key), body, { flag: 'wx' }).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error
        return false
      },
    )
  }
  protected async readObject(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const bytes = await readFile(await this.#path(key)).catch(ifThere)
    return bytes && (async function* () { yield bytes })()
  }
  protected async statObject(key: string) {
    const stats = await stat(await this.#path(key)).catch(ifThere)
    return stats && { key, size: stats.size }
  }
  protected async *listObjects() {}
  protected async deleteObject() {}
}
`

const PIPELINE = `import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { pipeline, step } from '@sidestep/core'

const one = step({ name: 'one' }, async (waits: boolean) => {
  if (waits) writeFileSync('begun', '')
  while (waits && !existsSync('go-on')) await delay(50)
  return 1
})
export default pipeline('app', async (waits: boolean) => one(waits))
`

let project: Project
let cwd: string

beforeAll(async () => {
  project = await createProject({ 'store.ts': STORE, 'pipeline.ts': PIPELINE })
  cwd = project.folder
  writeFileSync(
    join(cwd, 'sidestep.yaml'),
    `flavors:
  artifact_store: { remote: ./store.ts#Remote }
components:
  artifact_store: { far: { flavor: remote, folder: '${cwd}' } }
  step_operator: { here: { flavor: local } }
stacks:
  far: { artifact_store: far, step_operators: [here] }
`,
  )
})

afterAll(() => project.remove())

test('a store that gives no answer is told after some seconds, by a run that has not begun and one that is to go on', async () => {
  const start = (waits: boolean): readonly string[] => ['run', 'pipeline.ts', '--stack', 'far', '--input', `${waits}`]
  const killed = startSidestep([...start(true), '--id', 'killed'], { cwd })
  await until('the first run', () => existsSync(join(cwd, 'begun')))
  killed.child.kill('SIGKILL')
  await killed.finished

  writeFileSync(join(cwd, 'go-on'), '')
  writeFileSync(join(cwd, 'away'), '')
  const started = startSidestep(start(false), { cwd })
  const resumed = startSidestep(['runs', 'resume', 'killed'], { cwd })
  const told = (patience: string): string =>
    `warning: the artifact store remote://bucket/prefix gives no answer, and is asked again for ${patience}: could not `
  await until('both lines', () => [started, resumed].every(({ stderr }) => stderr().includes('gives no answer')))
  expect(started.stderr()).toContain(told('15m 00s'))
  expect(resumed.stderr()).toContain(told('10.0s'))

  rmSync(join(cwd, 'away'))
  for (const { code, stderr, stdout } of await Promise.all([started.finished, resumed.finished])) {
    expect([code, stdout]).toEqual([0, '1\n'])
    expect(stderr).toMatch(/gives no answer.*ECONNREFUSED 127\.0\.0\.1:9\n(.*\n)*?.*answers again\n(.*\n)*?run /)
    expect(stderr.split('gives no answer')).toHaveLength(2)
  }
})

test('Ctrl-C ends a run that has not begun, and does not wait for its store', async () => {
  writeFileSync(join(cwd, 'away'), '')
  try {
    const started = startSidestep(['run', 'pipeline.ts', '--stack', 'far', '--input', 'false'], { cwd })
    await until('the line', () => started.stderr().includes('gives no answer'))
    started.child.kill('SIGINT')
    const { code, stderr, stdout } = await started.finished
    expect([code, stdout]).toEqual([130, ''])
    expect(stderr).toMatch(/\ncancelling, waiting for .*\ncancelled before the run began\n$/)
  } finally {
    rmSync(join(cwd, 'away'))
  }
})
