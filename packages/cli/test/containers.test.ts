import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { noDockerRegistry, noEngine, startDockerRegistry } from '@sidestep/containers'
import { startOciRegistry } from '@sidestep/simulators'
import { describe, expect, onTestFinished, test } from 'vitest'

import { createPenguins, imagesOf } from './helpers/container-project.ts'
import type { Project } from './helpers/project.ts'
import { partsOf, pushesOf, type Logged } from './helpers/pushes.ts'
import { sidestep } from './helpers/sidestep.ts'

interface Registry {
  readonly host: string
  /** All requests until now. */
  requests(): Promise<readonly Logged[]>
  [Symbol.asyncDispose](): Promise<void>
}

const REGISTRIES: readonly { name: string; missing: string | undefined; start(): Promise<Registry> }[] = [
  {
    name: 'a registry in this process',
    missing: undefined,
    start: async () => {
      const registry = await startOciRegistry()
      const requests = async (): Promise<readonly Logged[]> => [...registry.requests]
      return { host: registry.host, requests, [Symbol.asyncDispose]: () => registry.close() }
    },
  },
  { name: "Debian's registry", missing: noDockerRegistry, start: () => startDockerRegistry({ log: true }) },
]

async function run(id: string, { folder }: Project): Promise<string> {
  const { code, stdout, stderr } = await sidestep(['run', 'src/pipeline.ts', '--id', id, '--output', 'json'], {
    cwd: folder,
  })
  expect(stderr).toContain('-- image: ')
  expect(JSON.parse(stdout)).toMatchObject({ status: 'succeeded', result: { heldOut: 69 } })
  expect(code).toBe(0)
  return stderr
}

async function imageOf(id: string, project: Project): Promise<string> {
  const images = await imagesOf(id, 'train', project)
  expect(images).toEqual([expect.stringMatching(/\/sidestep@sha256:[0-9a-f]{64}$/u)])
  return String(images[0])
}

describe.skipIf(noEngine !== undefined)(
  `penguins in containers${noEngine === undefined ? '' : `: ${noEngine}`}`,
  () => {
    describe.each(REGISTRIES)('and $name$missing', ({ missing, start }) => {
      test.skipIf(missing !== undefined)(
        'a changed line is one layer, however many runs want it; without a change nothing is pushed',
        { timeout: 180_000 },
        async () => {
          const registry = await start()
          onTestFinished(() => registry[Symbol.asyncDispose]())
          const project = await createPenguins({ registry: `${registry.host}/penguins` })
          onTestFinished(() => project.remove())
          await run('first', project)
          const first = await imageOf('first', project)
          const before = (await registry.requests()).length
          expect(pushesOf(await registry.requests()).manifests).toHaveLength(1)

          const file = join(project.folder, 'src/pipeline.ts')
          const code = await readFile(file, 'utf8')
          expect(code.match(/trained 50 trees/gu)).toHaveLength(1)
          await writeFile(file, code.replace('trained 50 trees', 'grew 50 trees'))
          const told = await Promise.all([run('one', project), run('other', project)])
          for (const text of told) expect(text).toContain('[train] grew 50 trees on 273 penguins')

          const second = await imageOf('one', project)
          expect(await imageOf('other', project)).toBe(second)
          expect(second).not.toBe(first)
          const [was, is] = await Promise.all([partsOf(first), partsOf(second)])
          expect(is.layers.slice(0, -1)).toEqual(was.layers.slice(0, -1))
          const { blobs, manifests } = pushesOf((await registry.requests()).slice(before))
          expect(blobs).toEqual([is.layers.at(-1), is.config].toSorted())
          expect(manifests).toHaveLength(1)

          const after = (await registry.requests()).length
          expect(await run('again', project)).not.toContain('pushed a layer')
          expect(await imageOf('again', project)).toBe(second)
          expect((await registry.requests()).slice(after).filter(({ method }) => !/GET|HEAD/u.test(method))).toEqual([])
        },
      )
    })
  },
)
