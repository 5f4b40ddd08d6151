import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { declaredIntegration } from '../../src/flavor/declared-integration.ts'
import { FlavorRegistry } from '../../src/flavor/flavor-registry.ts'

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-declared-')))
  await write('package.json', { name: 'app', dependencies: { 'acme-steps': '*' } })
  // Whoever imports it is told.
  await writeFile(join(folder, 'node_modules/acme-steps/integration.js'), `throw new Error('imported')`)
})
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

async function write(path: string, value: object): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await mkdir(join(folder, 'node_modules/acme-steps'), { recursive: true })
  await writeFile(file, JSON.stringify(value))
}

function steps(sidestep: object): Promise<void> {
  return write('node_modules/acme-steps/package.json', {
    name: 'acme-steps',
    version: '1.2.3',
    type: 'module',
    sidestep: { integration: './integration.js', ...sidestep },
  })
}

test('a list takes what the manifest says, and imports nothing', async () => {
  await steps({ name: 'acme', flavors: { step_operator: { acme: 'Machines of Acme', spare: 'Others' } } })
  const registry = await FlavorRegistry.open({ projectFolder: folder, descriptors: 'if-needed' })
  const rows = registry.list('step_operator').filter(({ integration }) => integration === 'acme')
  expect(rows).toEqual([
    {
      type: 'step_operator',
      flavor: 'acme',
      summary: 'Machines of Acme',
      integration: 'acme',
      source: 'acme-steps',
      version: '1.2.3',
      state: 'installed',
    },
    expect.objectContaining({ flavor: 'spare', state: 'installed' }),
  ])
  expect(registry.integrations()[0]).toMatchObject({ name: 'acme', package: 'acme-steps', state: 'installed' })
  // To use one, its descriptor is needed.
  await expect(registry.get('step_operator', 'acme')).rejects.toMatchObject({ code: 'FLAVOR_UNKNOWN' })
})

test('without it, or where more than a list is wanted, the descriptor is imported', async () => {
  await steps({})
  const listed = await FlavorRegistry.open({ projectFolder: folder, descriptors: 'if-needed' })
  expect(listed.integrations()[0]).toMatchObject({ state: 'damaged' })
  await steps({ name: 'acme', flavors: { step_operator: { acme: 'Machines of Acme' } } })
  const complete = await FlavorRegistry.open({ projectFolder: folder })
  expect(complete.integrations()[0]).toMatchObject({ state: 'damaged' })
})

test.each([
  ['no name', { flavors: { step_operator: { acme: '' } } }],
  ['no flavors', { name: 'acme' }],
  ['an unknown type', { name: 'acme', flavors: { orchestrator: { acme: '' } } }],
  ['a flavor that is no name', { name: 'acme', flavors: { step_operator: { 'a b': '' } } }],
  ['a summary that is no text', { name: 'acme', flavors: { step_operator: { acme: 1 } } }],
  ['no object', { name: 'acme', flavors: ['acme'] }],
])('%s: as if nothing were declared', (_what, sidestep) => {
  expect(declaredIntegration({ sidestep })).toBeUndefined()
})
