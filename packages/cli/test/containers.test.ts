import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { noDockerRegistry, noEngine, startDockerRegistry } from '@sidestep/containers'
import { startOciRegistry } from '@sidestep/simulators'
import { describe, expect, onTestFinished, test } from 'vitest'

import { createPenguins, imagesOf, networkEnvironment } from './helpers/container-project.ts'
import type { Project } from './helpers/project.ts'
import { partsOf, pushesOf, type Logged } from './helpers/pushes.ts'
import { sidestep } from './helpers/sidestep.ts'

interface Registry extends AsyncDisposable {
  readonly host: string
  /** All requests until now. */
  requests(): Promise<readonly Logged[]>
}

/** Debian's where it is installed. */
async function startRegistry(): Promise<Registry> {
  if (noDockerRegistry === undefined) return startDockerRegistry({ log: true })
  const registry = await startOciRegistry()
  const requests = async (): Promise<readonly Logged[]> => [...registry.requests]
  return { host: registry.host, requests, [Symbol.asyncDispose]: () => registry.close() }
}

async function run(id: string, { folder }: Project): Promise<string> {
  const { code, stdout, stderr } = await sidestep(['run', 'src/pipeline.ts', '--id', id, '--output', 'json'], {
    cwd: folder,
    environment: networkEnvironment(),
  })
  expect(stderr).toContain('-- image: ')
  expect(JSON.parse(stdout)).toMatchObject({ status: 'succeeded', result: { heldOut: 69 } })
  expect(code).toBe(0)
  return stderr
}

describe.skipIf(noEngine !== undefined)(
  `penguins in containers${noEngine === undefined ? '' : `: ${noEngine}`}`,
  () => {
    test(
      'a changed line is one layer, however many runs want it; without a change nothing is pushed',
      { timeout: 180_000 },
      async () => {
        const registry = await startRegistry()
        onTestFinished(async () => registry[Symbol.asyncDispose]())
        const project = await createPenguins({ registry: `${registry.host}/penguins` })
        onTestFinished(() => project.remove())
        await run('first', project)
        const beforeChange = (await registry.requests()).length

        const file = join(project.folder, 'src/pipeline.ts')
        const code = await readFile(file, 'utf8')
        expect(code.match(/trained 50 trees/gu)).toHaveLength(1)
        await writeFile(file, code.replace('trained 50 trees', 'grew 50 trees'))
        const told = await Promise.all([run('one', project), run('other', project)])
        for (const text of told) expect(text).toContain('[train] grew 50 trees on 273 penguins')
        const beforeSame = (await registry.requests()).length
        await run('again', project)

        const requests = await registry.requests()
        const [first = [], ...others] = await imagesOf(['first', 'one', 'other', 'again'], 'train', project)
        expect(first).toEqual([expect.stringMatching(/\/penguins\/sidestep@sha256:[0-9a-f]{64}$/u)])
        const [second = []] = others
        expect(others).toEqual([second, second, second])
        expect(second).not.toEqual(first)
        const [was, is] = await Promise.all([partsOf(String(first[0])), partsOf(String(second[0]))])
        // Of all that the image consists of, the highest layer is new, and what names it.
        expect(is.layers.slice(0, -1)).toEqual(was.layers.slice(0, -1))
        const pushed = pushesOf(requests.slice(beforeChange, beforeSame))
        expect(pushed.manifests).toHaveLength(1)
        expect(pushed.blobs).toHaveLength(2)
        expect(new Set(pushed.blobs)).toEqual(new Set([is.layers.at(-1), is.config]))
        expect(requests.slice(beforeSame).filter(({ method }) => !/^(?:GET|HEAD)$/u.test(method))).toEqual([])
      },
    )
  },
)
