import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

import { expect, onTestFinished, test } from 'vitest'

import { noDockerRegistry, startDockerRegistry } from '@sidestep/containers/registry'
import { startOciRegistry, type OciRegistry } from '@sidestep/simulators'

import { filesAbove, GLIBC, OFFICIAL, project, pushBase, readImage, type Project } from './support.ts'

const run = promisify(execFile)
const PROGRAM = join(import.meta.dirname, 'build.ts')

async function start(): Promise<{ registry: OciRegistry; base: string; place: Project }> {
  const registry = await startOciRegistry()
  onTestFinished(() => registry.close())
  await pushBase({ registry: registry.host, repository: 'node', tag: '24' }, { layers: [GLIBC], config: OFFICIAL })
  const place = await project()
  await writeFile(join(place.folder, 'step.mjs'), 'export {}')
  return { registry, base: `${registry.host}/node:24`, place }
}

function args({ folder }: Project, base: string, uri: string, settings: object): string[] {
  return ['--no-warnings', PROGRAM, folder, base, uri, JSON.stringify(settings)]
}

async function build(...given: Parameters<typeof args>): Promise<{ image: string; peakMb: number }> {
  return JSON.parse((await run(process.execPath, args(...given))).stdout)
}

test('builds that are killed at any time leave nothing that a later one trusts', async () => {
  const { registry, base, place } = await start()
  await writeFile(join(place.folder, 'data.bin'), randomBytes(3_000_000))
  const settings = { files: ['data.bin'], workdir: '/srv' }
  registry.setFaults({ delayMs: 20, bytesPerSecond: 20_000_000 })
  for (const afterMs of [250, 350, 450, 550, 700, 900]) {
    const child = spawn(process.execPath, args(place, base, `${registry.host}/team`, settings), { stdio: 'ignore' })
    await setTimeout(afterMs)
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  registry.setFaults({})
  const { image } = await build(place, base, `${registry.host}/team`, settings)
  expect(filesAbove(await readImage(image), 2)).toEqual(['srv/data.bin', 'opt/sidestep/step.mjs'])
  const left = await readdir(join(place.home, 'images'), { recursive: true })
  expect(left.filter((name) => /partial|lease|tmp/u.test(name))).toEqual([])
}, 60_000)

test('several processes make it once', async () => {
  const { registry, base, place } = await start()
  registry.clearRequests()
  const built = await Promise.all([1, 2, 3].map(() => build(place, base, `${registry.host}/team`, {})))
  expect(new Set(built.map(({ image }) => image)).size).toBe(1)
  const sent = registry.requests.filter(
    ({ method, path, status }) => method === 'PUT' && path.includes('/blobs/') && status === 201,
  )
  expect(sent).toHaveLength(2)
}, 60_000)

test.skipIf(noDockerRegistry !== undefined)(
  `memory stays flat with large files, and a base that is copied${noDockerRegistry === undefined ? '' : `: ${noDockerRegistry}`}`,
  async () => {
    const size = Number(process.env['SIDESTEP_FILE_BYTES'] ?? 120_000_000)
    await using registry = await startDockerRegistry()
    await using target = await startDockerRegistry()
    const noise = randomBytes(50_000_000)
    await pushBase(
      { registry: registry.host, repository: 'node', tag: '24' },
      { layers: [GLIBC, { noise }], config: OFFICIAL },
    )
    const place = await project()
    await writeFile(join(place.folder, 'step.mjs'), 'export {}')
    const file = join(place.folder, 'model.bin')
    await writeFile(file, '')
    for (let written = 0; written < size; written += 10_000_000) await appendFile(file, noise.subarray(0, 10_000_000))
    const { image, peakMb } = await build(place, `${registry.host}/node:24`, target.host, { files: ['model.bin'] })
    expect(image).toContain('@sha256:')
    // It is about 110; the whole file would come on top.
    expect(peakMb).toBeLessThan(180)
    const { peakMb: codeOnly } = await build(place, `${registry.host}/node:24`, target.host, {})
    console.log(`peak ${Math.round(peakMb)} MB, code only ${Math.round(codeOnly)} MB`)
    expect(codeOnly).toBeLessThan(120)
  },
  170_000,
)
