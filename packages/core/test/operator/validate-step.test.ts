import { expect, test } from 'vitest'
import * as z from 'zod'

import { defineFlavor } from '../../src/flavor/define-flavor.ts'
import type { Capabilities } from '../../src/operator/base-step-operator.ts'
import { StackValidator, type StackValidatorOptions } from '../../src/operator/stack-validator.ts'
import { Stack, type StackOptions } from '../../src/stack/stack.ts'
import type { StepConfig } from '../../src/step/step-config.ts'
import { FolderStore } from '../support/folder-store.ts'
import { SmallOperator } from '../support/small-operator.ts'

const settingsSchema = z.strictObject({ useSpot: z.boolean().default(false), queue: z.string().optional() })

class Settled extends SmallOperator {
  static override readonly FLAVOR = 'settled'
  static override readonly SETTINGS_SCHEMA = settingsSchema
}

const described = defineFlavor({
  type: 'step_operator',
  flavor: 'described',
  configSchema: async () => z.object({}),
  settingsSchema: async () => settingsSchema,
  load: async () => SmallOperator,
})

type Operators = StackOptions['stepOperators']

async function problemsOf(
  step: { readonly [K in keyof StepConfig]?: StepConfig[K] | undefined },
  stepOperators: Operators,
  options?: StackValidatorOptions,
): Promise<(readonly [string | undefined, string, string])[]> {
  const stack = new Stack({ name: 'mine', artifactStore: new FolderStore({ folder: '/nowhere' }), stepOperators })
  const config = { name: 'train', stepOperator: true, ...step } as StepConfig<never>
  const definition = { kind: 'function', name: 'train', config, file: undefined, run: () => 1 } as const
  const problems = await new StackValidator(stack, options).validateStep(definition)
  return problems.map(({ path, message, hint }) => [path, message, hint])
}

const able = (capabilities: Partial<Capabilities>): Operators => ({ small: new SmallOperator({ capabilities }) })

test('resources that an operator honors are fine, every other one is named', async () => {
  const operators = able({ resources: ['cpuCount', 'memory'] })
  expect(await problemsOf({ resources: { cpuCount: 2, memory: '1GiB' } }, operators)).toEqual([])
  expect(await problemsOf({ resources: { cpuCount: 2, gpuCount: 1, gpuType: 'L4' } }, operators)).toEqual([
    [
      'resources',
      'the step train asks for resources.gpuCount, resources.gpuType, which the step operator small cannot honor',
      expect.stringMatching(/^It honors: cpuCount, memory\. /),
    ],
  ])
  expect(await problemsOf({ resources: { memory: '1GiB' } }, able({}))).toEqual([
    ['resources', expect.stringContaining('resources.memory'), expect.stringMatching(/^It honors none\. /)],
  ])
  // Nothing is asked for.
  expect(await problemsOf({ resources: { gpuCount: 0, instanceCount: 1 } }, able({}))).toEqual([])
})

test('several machines need multiNode', async () => {
  const step: Partial<StepConfig> = { resources: { instanceCount: 3 } }
  expect(await problemsOf(step, able({ multiNode: true }))).toEqual([])
  expect(await problemsOf(step, able({ multiNode: false, resources: ['memory', 'instanceCount'] }))).toEqual([
    [
      'resources',
      expect.stringContaining('resources.instanceCount'),
      expect.stringMatching(/^It honors: memory\. Each of its jobs has one machine\./),
    ],
  ])
})

test('an operator that the stack does not have', async () => {
  const operators = { gpu: new SmallOperator({}), cpu: new SmallOperator({}) }
  expect(await problemsOf({ stepOperator: 'gpus' }, operators)).toEqual([
    ['stepOperator', 'the stack mine has no step operator "gpus"', 'Did you mean gpu? It has: gpu, cpu.'],
  ])
  expect(await problemsOf({}, operators)).toEqual([
    ['stepOperator', expect.stringContaining('needs a default'), expect.stringContaining('gpu, cpu')],
  ])
  expect(await problemsOf({ stepOperator: 'constructor' }, operators)).toHaveLength(1)
  // The same file with other steps of its own.
  expect(await problemsOf({ stepOperator: undefined }, operators)).toEqual([])
})

test.each([
  ['a class', { own: new Settled({}) }, 'settled'],
  ['a flavor', { own: described({}) }, 'described'],
])('settings of %s are checked by its schema', async (_what, operators, flavor) => {
  const own = flavor === 'settled' ? 'step_operator.settled' : 'step_operator.small'
  expect(await problemsOf({ settings: { [own]: { useSpot: true } } }, operators)).toEqual([])
  expect(await problemsOf({}, operators)).toEqual([])
  const wrong = await problemsOf({ settings: { [own]: { useSpto: true, queue: 3 } } }, operators)
  expect(wrong.map(([path]) => path)).toEqual([`settings['${own}']`, `settings['${own}']`])
  expect(wrong.map(([, message]) => message).join('\n')).toMatch(
    /settings\['step_operator\.\w+'\] of the step train: queue: [^\n]*\n.*useSpto.*did you mean useSpot\?/,
  )
})

test('settings that no operator would read', async () => {
  const operators = { own: new Settled({}) }
  const given = (key: string): Partial<StepConfig> => ({ settings: { [`step_operator.${key}`]: {} } })
  const problem = (key: string, hint: RegExp): unknown => [
    [
      `settings["step_operator.${key}"]`,
      `the step train has settings of "step_operator.${key}", and there is no such flavor of step operators`,
      expect.stringMatching(hint),
    ],
  ]
  expect(await problemsOf(given('settld'), operators)).toEqual(
    problem('settld', /Did you mean step_operator\.settled\?/),
  )
  // Of another stack's operator.
  expect(await problemsOf(given('modal'), { local: described({}) })).toEqual([])
  expect(await problemsOf(given('sagemaker'), operators)).toEqual([])
  expect(
    await problemsOf({ settings: { 'step_operator.settled': {}, 'step_operator.settled2': {} } }, operators),
  ).toEqual([])
  const knownFlavors = ['sagemaker', 'vertex', 'local']
  expect(await problemsOf(given('sagemaker'), operators, { knownFlavors })).toEqual([])
  expect(await problemsOf(given('settled'), operators, { knownFlavors })).toEqual([])
  expect(await problemsOf(given('sagemakr'), operators, { knownFlavors })).toEqual(
    problem('sagemakr', /Did you mean step_operator\.sagemaker\?/),
  )
  expect(await problemsOf(given('own'), operators, { knownFlavors })).toEqual(
    // There is no package of vertex yet.
    problem(
      'own',
      /^There is: step_operator\.settled, step_operator\.sagemaker, step_operator\.local\. Settings name the flavor, not the component/,
    ),
  )
})

test('a damaged settings schema is its flavor’s fault', async () => {
  class NoSchema extends SmallOperator {
    static override readonly SETTINGS_SCHEMA = { parse: () => 1 } as never
  }
  class Throws extends SmallOperator {
    static override readonly SETTINGS_SCHEMA = z.object({}).refine(() => {
      throw new Error('it is broken')
    })
  }
  expect((await problemsOf({}, { a: new NoSchema({}) }))[0]?.[1]).toContain('is no Standard Schema')
  expect((await problemsOf({}, { a: new Throws({}) }))[0]?.[1]).toContain('fails: it is broken')
})

test('several problems of a step are all told', async () => {
  const step: Partial<StepConfig> = {
    resources: { gpuCount: 1 },
    settings: { 'step_operator.settled': { useSpot: 'yes' }, 'step_operator.setled': {} },
  }
  const knownFlavors = ['local']
  expect((await problemsOf(step, { own: new Settled({}) }, { knownFlavors })).map(([path]) => path)).toEqual([
    'resources',
    'settings["step_operator.setled"]',
    `settings['step_operator.settled']`,
  ])
  expect(await problemsOf({ resources: { cores: 1 } as never }, { own: new Settled({}) })).toEqual([
    [undefined, expect.stringContaining('resources.cores is not known'), expect.any(String)],
  ])
})
