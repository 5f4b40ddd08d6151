import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import type { Bundle } from '../../src/bundle/bundle-module.ts'
import { installed, run, workshop, type Files, type Workshop } from './fixture.ts'

const pipeline = (result: string): Files => ({
  'src/pipeline.ts': `import { double } from './numbers'\nexport const run = () => double(${result})\n`,
  'src/numbers.ts': 'export const double = (input: number): number => 2 * input\n',
})

async function runtimes(folder: string): Promise<readonly string[]> {
  const place = join(folder, 'bundles/runtimes')
  return Promise.all((await readdir(place)).map(async (name) => `${name} ${(await stat(join(place, name))).ino}`))
}

async function runtimeFile(folder: string): Promise<string> {
  const [name = ''] = await readdir(join(folder, 'bundles/runtimes'))
  return join(folder, 'bundles/runtimes', name)
}

/** A project whose runtime is kept: what is made in the very moment of a change is not. */
async function kept(files: Files): Promise<Workshop & { readonly first: Bundle }> {
  const made = await workshop(files)
  await sleep(80)
  const first = await made.bundle('src/pipeline.ts')
  expect(await runtimes(made.folder)).toHaveLength(1)
  return { ...made, first }
}

/** The same bundle where nothing was kept. */
async function anew({ folder, bundle }: Workshop): Promise<Bundle> {
  await rm(join(folder, 'bundles'), { recursive: true })
  return bundle('src/pipeline.ts')
}

test('the runtime half outlives a change of code, and the bundle is the same as without it', async () => {
  const made = await kept(pipeline('21'))
  const before = await runtimes(made.folder)
  await made.write(pipeline('4'))
  const second = await made.bundle('src/pipeline.ts')
  expect(second.sha256).not.toBe(made.first.sha256)
  expect(await runtimes(made.folder)).toEqual(before)
  expect((await run(second.path, '--load', '--call')).stdout).toContain('parent: a-store an-operator\nresult: 8')
  const bytes = await readFile(second.path)
  const whole = await anew(made)
  expect(whole).toEqual(second)
  expect(await readFile(whole.path)).toEqual(bytes)
})

test('a half that was kept damaged is made anew', async () => {
  const made = await kept(pipeline('21'))
  const file = await runtimeFile(made.folder)
  const text = await readFile(file, 'utf8')
  for (const damaged of ['', text.slice(0, -40), text.replace('an-operator', 'no-operator')]) {
    await writeFile(file, damaged)
    await made.write(pipeline(String(damaged.length + 1)))
    const { path } = await made.bundle('src/pipeline.ts')
    expect((await run(path, '--load', '--call')).stdout).toContain('parent: a-store an-operator')
    expect(await readFile(file, 'utf8')).toBe(text)
  }
})

test('a half of which a part has changed is made anew, and the bundle with it', async () => {
  const made = await kept(pipeline('21'))
  await writeFile(join(made.folder, 'core/store.ts'), "export const storeName: string = 'another'")
  const unchangedCode = await made.bundle('src/pipeline.ts')
  expect((await run(unchangedCode.path, '--load')).stdout).toContain('parent: another an-operator')
  await made.write(pipeline('4'))
  const changedCode = await made.bundle('src/pipeline.ts')
  expect((await run(changedCode.path, '--load', '--call')).stdout).toContain('parent: another an-operator\nresult: 8')
  // What was made in the moment of the change is not trusted; what is made later is.
  await sleep(80)
  await made.write(pipeline('5'))
  await made.bundle('src/pipeline.ts')
  const before = await runtimes(made.folder)
  await made.write(pipeline('6'))
  await made.bundle('src/pipeline.ts')
  expect(await runtimes(made.folder)).toEqual(before)
})

test('a runtime module that a package brings is the one that the user’s folder finds', async () => {
  const made = await workshop({
    ...pipeline('21'),
    ...installed('lake', "export const storeName = 'far'"),
    'other/pipeline.ts': 'export const run = () => 1',
  })
  await sleep(80)
  const parent = async (module: string): Promise<string> => {
    const { path } = await made.bundle(module, { artifactStoreRuntime: 'lake' })
    return (await run(path)).stdout
  }
  expect(await parent('src/pipeline.ts')).toContain('parent: far')
  // Nearer than the one that was found.
  const nearer = installed('lake', "export const storeName = 'near'")
  await made.write(Object.fromEntries(Object.entries(nearer).map(([path, text]) => [`src/${path}`, text])))
  expect(await parent('src/pipeline.ts')).toContain('parent: near')
  expect(await parent('other/pipeline.ts')).toContain('parent: far')
})
