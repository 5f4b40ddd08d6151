import { pipeline, Stack, StackComponent, type StepOperatorComponent } from '@sidestep/core'
import { expect, test } from 'vitest'
import { choosePipeline } from '../src/run/choose-pipeline.ts'
import { chooseStack } from '../src/run/choose-stack.ts'

class Store extends StackComponent {
  static override readonly TYPE = 'artifact_store'
  static override readonly FLAVOR = 'test'
}

class Operator extends StackComponent implements StepOperatorComponent {
  static override readonly TYPE = 'step_operator'
  static override readonly FLAVOR = 'test'
  readonly capabilities: object = {}
  async launch(): Promise<void> {}
}

function stackOf(name: string): Stack {
  return new Stack({ name, artifactStore: new Store({}), stepOperators: { gpu: new Operator({}) } })
}

const one = pipeline('one', async () => 1)
const two = pipeline('two', async () => 2)

test('takes the default export, else the only pipeline', () => {
  expect(choosePipeline({ default: one, two }, 'p.ts')).toBe(one)
  expect(choosePipeline({ default: 42, two }, 'p.ts')).toBe(two)
  expect(choosePipeline({ a: one, b: one, helper: () => 1 }, 'p.ts')).toBe(one)
})

test('says what a file exports where it is not one pipeline', () => {
  expect(() => choosePipeline({ one, two }, 'p.ts')).toThrow('p.ts exports several pipelines: one, two')
  expect(() => choosePipeline({ helper: 1 }, 'p.ts')).toThrow('p.ts exports no pipeline')
  expect(() => choosePipeline({ default: async () => 1 }, 'p.ts')).toThrow(
    expect.objectContaining({
      kind: 'config',
      hint: expect.stringContaining('Its default export is a plain function') as string,
    }),
  )
})

const prod = stackOf('prod')
const dev = stackOf('dev')

test.each([
  ['one stack', { stack: prod }],
  ['an array', { stacks: [dev, prod] }],
  ['a record', { stacks: { dev, prod } }],
  ['both', { stack: prod, stacks: [dev] }],
])('finds a stack among %s', (_name, exports) => {
  expect(chooseStack(exports, { name: 'prod', source: '--stack' }, 'p.ts').stack).toBe(prod)
})

test('finds a stack by the key that it is exported under', () => {
  expect(chooseStack({ stacks: { live: prod } }, { name: 'live', source: '--stack' }, 'p.ts').stack).toBe(prod)
})

test('uses the stack of this machine where none is wanted, or it is called by its name', () => {
  expect(chooseStack({ stack: prod }, undefined, 'p.ts')).toEqual({ names: ['prod'] })
  expect(chooseStack({ stack: prod }, { name: 'default', source: '--stack' }, 'p.ts').stack).toBeUndefined()
})

test('names the stacks there are', () => {
  expect(() => chooseStack({ stacks: { prod, dev } }, { name: 'pord', source: 'SIDESTEP_STACK' }, 'p.ts')).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: 'SIDESTEP_STACK names the stack pord, and p.ts exports no stack of that name',
      hint: 'There is: prod, dev, default (this machine).',
    }),
  )
})

test('refuses what is not a stack, and two stacks of one name', () => {
  expect(() => chooseStack({ stacks: [{}] }, undefined, 'p.ts')).toThrow('stacks[0] in p.ts is not a stack')
  expect(() => chooseStack({ stacks: [prod, stackOf('prod')] }, undefined, 'p.ts')).toThrow(
    'p.ts exports two stacks called prod',
  )
})
