import { expect, test } from 'vitest'

import { describedOperator, type StackDescription } from '../../src/stack/stack-description.ts'

const any = { type: 'step_operator', flavor: 'any' } as const
const gpu = { type: 'step_operator', flavor: 'gpu' } as const
const artifactStore = { type: 'artifact_store', flavor: 'local' } as const

test.each(['gpu2', 'constructor', 'toString', '__proto__'])('%s is answered by the operator for every name', (name) => {
  const stack: StackDescription = { name: 'mine', artifactStore, stepOperators: { '*': any, gpu } }
  expect(describedOperator(stack, name)).toBe(any)
})

test('an operator of its own name comes first, and none is none', () => {
  const stack: StackDescription = { name: 'mine', artifactStore, stepOperators: { gpu } }
  expect(describedOperator(stack, 'gpu')).toBe(gpu)
  expect(describedOperator(stack, 'constructor')).toBeUndefined()
})
