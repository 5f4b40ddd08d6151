import { expect, test } from 'vitest'

import { Stack, type StackOptions } from '../../src/stack/stack.ts'
import { FolderStore } from '../support/folder-store.ts'
import { SmallOperator } from '../support/small-operator.ts'

function stackOf(options: Partial<StackOptions>): Stack {
  return new Stack({
    name: 'mine',
    artifactStore: new FolderStore({ folder: '/nowhere' }),
    stepOperators: { gpu: new SmallOperator({}) },
    ...options,
  })
}

test.each(['', 'my stack', '-x', '__proto__', 'a/b', 'näme', 'x'.repeat(64)])(
  'a stack or an operator cannot be called %j',
  (name) => {
    expect(() => stackOf({ name })).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }))
    const stepOperators = Object.fromEntries([[name, new SmallOperator({})]])
    expect(() => stackOf({ stepOperators })).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }))
  },
)

test.each([
  ['no operators', { stepOperators: {} }, 'the stack mine has no step operator', /Name at least one/],
  [
    'operators that are none',
    { stepOperators: undefined as never },
    'the stack mine has no step operator',
    /at least one/,
  ],
  [
    'a prototype is no operator',
    { stepOperators: { __proto__: new SmallOperator({}) } as never },
    'the stack mine has no step operator',
    /at least one/,
  ],
  [
    'a default of another name',
    { defaultStepOperator: 'gpus' },
    'the stack mine names "gpus" as its default step operator, and has no operator of that name',
    /^Did you mean gpu\? It has: gpu\.$/,
  ],
  [
    'a default that every object has',
    { defaultStepOperator: 'constructor' },
    'the stack mine names "constructor" as its default step operator, and has no operator of that name',
    /^It has: gpu\.$/,
  ],
  [
    'no store',
    { artifactStore: undefined as never },
    'there is no mine.artifactStore, where an artifact store belongs',
    /local/,
  ],
  [
    'a number',
    { imageBuilder: 3 as never },
    'mine.imageBuilder is not a component, where an image builder belongs',
    /local/,
  ],
  [
    'null',
    { stepOperators: { gpu: null as never } },
    'mine.stepOperators.gpu is not a component, where a step operator belongs',
    /local/,
  ],
] as const)('what a stack cannot be made of: %s', (_what, options, message, hint) => {
  expect(() => stackOf(options)).toThrow(
    expect.objectContaining({ code: 'STACK_INVALID', message, hint: expect.stringMatching(hint) }),
  )
})

test('operators may be called what every object has', async () => {
  const own = new SmallOperator({})
  const any = new SmallOperator({})
  const listed = stackOf({ stepOperators: { constructor: own } })
  expect(await listed.stepOperator('constructor')).toBe(own)
  expect(await stackOf({ stepOperators: { '*': any } }).stepOperator('constructor')).toBe(any)
  expect(stackOf({}).stepOperatorLabel(true)).toBe('gpu')
  expect(stackOf({ stepOperators: { '*': any } }).stepOperatorLabel(true)).toBe('small')
  expect(() => stackOf({}).stepOperatorName('toString')).toThrow('has no step operator "toString"')
})

test('parts are listed without loading any of them', () => {
  const load = async (): Promise<never> => {
    throw new Error('not to be loaded')
  }
  const stack = stackOf({
    containerRegistry: { type: 'container_registry', flavor: 'ecr', config: {}, load },
    stepOperators: { gpu: { type: 'step_operator', flavor: 'cloudy', config: {}, load }, '*': new SmallOperator({}) },
  })
  expect(stack.parts().map(({ path, type, flavor }) => [path, type, flavor])).toEqual([
    ['artifactStore', 'artifact_store', 'folder_for_tests'],
    ['containerRegistry', 'container_registry', 'ecr'],
    ['stepOperators.gpu', 'step_operator', 'cloudy'],
    ['stepOperators.*', 'step_operator', 'small'],
  ])
})
