import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { planPipeline, Stack, type Plan } from '@sidestep/core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { local, localArtifactStore } from '../../src/index.ts'
import { temporaryHome } from '../support/runs.ts'
import { planned } from './fixtures/planned.ts'

const SECRET = 'a value that nobody may see'

let home: Awaited<ReturnType<typeof temporaryHome>>
let enforced: Plan
let ignored: Plan
beforeAll(async () => {
  home = await temporaryHome({ empty: true })
  process.env['PLANNED_TOKEN'] = SECRET
  const stepOperators = { '*': local({}) }
  enforced = await planPipeline(planned, {
    stack: new Stack({ name: 'mine', stepOperators, artifactStore: localArtifactStore({}) }),
  })
  ignored = await planPipeline(planned, { packagesFrom: [import.meta.url] })
})
afterAll(async () => {
  delete process.env['PLANNED_TOKEN']
  await home.remove()
})

test('the request of a local job has its command, folder, limits, and the names of its secrets', () => {
  const [fits] = enforced.steps
  const folder = join(home.path, 'jobs', '<token>')
  expect(fits).toMatchObject({ stepName: 'fits', operator: 'local', flavor: 'local' })
  expect(fits?.source).toBe('test/runs/fixtures/planned.ts')
  expect(fits?.request).toMatchObject({
    folder,
    command: [
      'node',
      join(folder, 'step.mjs'),
      '--spec',
      expect.stringMatching(/^file:.*\/runs\/<run>\/<step-run>\/1\/spec\.json$/),
    ],
    limits: { memoryBytes: 64 * 2 ** 20, runMs: 300_000, stopGraceMs: 10_000 },
    environment: { MODE: 'fast' },
    secretNames: ['TOKEN'],
  })
  expect(JSON.stringify(enforced)).not.toContain(SECRET)
})

test('what this machine does not have is a problem, and none on the stack default, which ignores resources', () => {
  expect(enforced.steps.map(({ stepName, problem }) => [stepName, problem?.code])).toEqual([
    ['fits', undefined],
    ['huge', 'RESOURCES_UNAVAILABLE'],
  ])
  expect(ignored.stack).toBe('default')
  expect(ignored.steps.map(({ problem }) => problem)).toEqual([undefined, undefined])
})

test('a plan leaves no job, no run and no journal behind', async () => {
  expect(await readdir(home.path)).toEqual(['.gitignore', 'bundles'])
})
