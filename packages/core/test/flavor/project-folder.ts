import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { onTestFinished } from 'vitest'

/** Where modules of temporary projects import core from. */
export const CORE: string = new URL('../../src/', import.meta.url).href

export type Files = Readonly<Record<string, string>>

/** A folder with the given files, removed after the test. */
export async function projectFolder(files: Files = {}): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-flavor-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  for (const [path, text] of Object.entries({ 'package.json': '{ "name": "app", "type": "module" }', ...files })) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  return folder
}

/** Files of an installed package. */
export function installed(name: string, manifest: object, files: Files = {}): Files {
  const entries = Object.entries(files).map(([path, text]) => [`node_modules/${name}/${path}`, text])
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.2.3', type: 'module', ...manifest }),
    ...(Object.fromEntries(entries) as Files),
  }
}

/** The manifest and descriptor of a package that is an integration with step operators of these names. */
export function integration(name: string, flavors: readonly string[], manifest: object = {}): Files {
  const short = name.replace(/.*\//, '')
  return installed(
    name,
    { exports: { './integration': './integration.js' }, sidestep: { integration: './integration' }, ...manifest },
    {
      'integration.js': `
import { defineFlavor, defineIntegration } from '${CORE}flavor.ts'
const make = (flavor) => defineFlavor({
  type: 'step_operator',
  flavor,
  summary: 'of ${name}',
  configSchema: async () => ({ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }),
  load: async () => { throw new Error('loaded') },
})
export default defineIntegration({ name: '${short}', flavors: ${JSON.stringify(flavors)}.map(make) })
`,
    },
  )
}

/** A package.json with dependencies. */
export function dependingOn(...names: readonly string[]): Files {
  const dependencies = Object.fromEntries(names.map((name) => [name, '*']))
  return { 'package.json': JSON.stringify({ name: 'app', type: 'module', dependencies }) }
}
