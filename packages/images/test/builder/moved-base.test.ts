import { startOciRegistry, type OciRegistry } from '@sidestep/simulators'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

import {
  builder,
  GLIBC,
  OFFICIAL,
  options,
  project,
  pushBase,
  readImage,
  readManifest,
  recipe,
  registryAt,
  type Project,
} from './support.ts'

let registry: OciRegistry
let place: Project
beforeEach(async () => {
  registry = await startOciRegistry()
  onTestFinished(() => registry.close())
  place = await project()
})

/** Moves the tag to an image with this in it; resolves to the image's digest. */
const move = async (content: string): Promise<string> =>
  pushBase(
    { registry: registry.host, repository: 'library/node', tag: '24' },
    { layers: [GLIBC, { 'etc/release': content }], config: OFFICIAL },
  )

/** What an image says that it is built on. */
async function baseOf(image: string): Promise<unknown> {
  const { annotations } = (await readManifest(image)) as { readonly annotations?: Readonly<Record<string, string>> }
  return annotations?.['org.opencontainers.image.base.digest']
}

test('a tag that moved is another base: for the image, for the key of the environment, and for nobody who named a digest', async () => {
  const name = `${registry.host}/library/node:24`
  const to = registryAt(`${registry.host}/team`)
  const at = options(place, to)
  const made = await recipe(place, 'one')
  const before = await move('before')
  const old = await builder(name).build(made, at)
  const oldKey = await builder(name).environmentKey(made, at)
  // All that is known of it is kept, and nothing is made again.
  registry.clearRequests()
  expect(await builder(name).build(made, at)).toEqual(old)
  expect(registry.requests.filter(({ method }) => method !== 'HEAD' && method !== 'GET')).toEqual([])

  const moved = await move('after')
  expect(moved).not.toBe(before)
  const fresh = await builder(name).build(made, at)
  expect(fresh.image).not.toBe(old.image)
  expect([await baseOf(old.image), await baseOf(fresh.image)]).toEqual([before, moved])
  const [one, two] = await Promise.all([readImage(old.image), readImage(fresh.image)])
  expect([one.layers[1], two.layers[1]]).toEqual([['etc/release 755 0 before'], ['etc/release 755 0 after']])
  // The code is the same layer on both.
  expect(two.manifest.layers.at(-1)).toEqual(one.manifest.layers.at(-1))
  expect(await builder(name).environmentKey(made, at)).not.toBe(oldKey)

  // Who has named the digest keeps the old one, also from a machine that never saw it.
  for (const where of [place, await project()]) {
    const pinned = await recipe(where, 'one', { parentImage: `${name}@${before}` })
    expect(await builder(name).build(pinned, options(where, to))).toEqual(old)
    expect(await builder(name).environmentKey(pinned, options(where, to))).toBe(oldKey)
  }
})

test('a tag that moved back is what it was', async () => {
  const name = `${registry.host}/library/node:24`
  const at = options(place, registryAt(registry.host))
  await move('before')
  const old = await builder(name).build(await recipe(place, 'one'), at)
  await move('after')
  const fresh = await builder(name).build(await recipe(place, 'one'), at)
  await move('before')
  registry.clearRequests()
  expect(await builder(name).build(await recipe(place, 'one'), at)).toEqual(old)
  expect(old).not.toEqual(fresh)
  expect(registry.requests.filter(({ method }) => method === 'PUT' || method === 'POST')).toEqual([])
})
