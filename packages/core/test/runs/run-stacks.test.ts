import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { RunStacks } from '../../src/runs/run-stacks.ts'
import { flavorOf } from '../../src/stack/component.ts'

const CORE = new URL('../../src/', import.meta.url).href

const BENCH = `
import { defineFlavor } from '${CORE}flavor/define-flavor.ts'
import { BaseStepOperator } from '${CORE}operator/base-step-operator.ts'
class Bench extends BaseStepOperator { static FLAVOR = 'bench'; async launch() {} }
const configSchema = async () => ({ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } })
export const bench = defineFlavor({ type: 'step_operator', flavor: 'bench', configSchema, load: async () => Bench })
`

test('a component that could not be made is tried again, one that could be is made once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-run-stacks-'))
  onTestFinished(() => rm(folder, { recursive: true, maxRetries: 5 }))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const stacks = new RunStacks({ cwd: folder, packagesFrom: [] })
  const described = { type: 'step_operator', flavor: 'bench', source: { file: 'bench.js' }, config: {} } as const
  const make = async (): Promise<object> => stacks.operatorOf(described, { projectFolder: folder }, 'prod.bench')
  await expect(make()).rejects.toMatchObject({ message: expect.stringContaining('prod.bench') })
  await writeFile(join(folder, 'bench.js'), BENCH)
  const made = await make()
  expect(flavorOf(made as never)).toBe('bench')
  expect(await make()).toBe(made)
})
