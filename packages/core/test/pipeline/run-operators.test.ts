import { expect, test } from 'vitest'

import { BaseStepOperator, type Capabilities } from '../../src/operator/base-step-operator.ts'
import { RunOperators } from '../../src/pipeline/run-operators.ts'
import { StackComponent, type ComponentRef, type Problem } from '../../src/stack/component.ts'
import { Stack } from '../../src/stack/stack.ts'
import { FolderStore } from '../support/folder-store.ts'

interface Given {
  readonly problems?: readonly Problem[]
  readonly image?: Capabilities['image']
}

class Picky extends BaseStepOperator<Given> {
  static override readonly FLAVOR = 'picky'
  override readonly capabilities: Capabilities = {
    image: this.config.image ?? 'none',
    adopt: false,
    logs: false,
    cancel: false,
    multiNode: false,
    resources: [],
  }
  validated = 0

  override validate(_stack: Stack): readonly Problem[] {
    this.validated += 1
    return this.config.problems ?? []
  }

  override async launch(): Promise<void> {}
}

class Builder extends StackComponent {
  static override readonly TYPE = 'image_builder'
  static override readonly FLAVOR = 'builder'
}

class Registry extends StackComponent {
  static override readonly TYPE = 'container_registry'
  static override readonly FLAVOR = 'registry'
}

function operatorsWith(
  picky: Picky,
  options: { readonly imageBuilder?: Builder; readonly containerRegistry?: Registry } = {},
): RunOperators {
  const artifactStore = new FolderStore({ folder: '/nowhere' })
  const stack = new Stack({ name: 'mine', artifactStore, stepOperators: { picky }, ...options })
  return new RunOperators(stack, { onFirstCall: () => undefined })
}

test('an operator looks at the stack once, before it is used', async () => {
  const picky = new Picky({})
  const operators = operatorsWith(picky)
  expect(picky.validated).toBe(0)
  expect(await operators.get(true)).toBe(picky)
  expect(await Promise.all([operators.get('picky'), operators.get(true)])).toEqual([picky, picky])
  expect(picky.validated).toBe(1)
})

test('a registry is loaded for operators that run images only, and again after it did not load', async () => {
  let loads = 0
  const containerRegistry: ComponentRef<'container_registry'> = {
    type: 'container_registry',
    flavor: 'flaky',
    config: {},
    load: async () => {
      loads += 1
      if (loads === 1) throw new Error('not logged in')
      return new Registry({})
    },
  }
  const artifactStore = new FolderStore({ folder: '/nowhere' })
  const stepOperators = { plain: new Picky({}), images: new Picky({ image: 'required' }) }
  const parts = { artifactStore, stepOperators, containerRegistry, imageBuilder: new Builder({}) }
  const operators = new RunOperators(new Stack({ name: 'mine', ...parts }), { onFirstCall: () => undefined })
  expect(await operators.get('plain')).toBe(stepOperators.plain)
  expect(loads).toBe(0)
  await expect(operators.get('images')).rejects.toThrow('containerRegistry: it does not load: not logged in')
  expect(await operators.get('images')).toBe(stepOperators.images)
  expect(operators.flavors).toEqual(['picky', 'picky'])
})

test('its problems are one config error, with places and hints', async () => {
  const one = { message: 'no such region', hint: 'Try eu-west-1.', path: 'stepOperators.picky.region' }
  await expect(operatorsWith(new Picky({ problems: [one] })).get(true)).rejects.toMatchObject({
    code: 'STACK_INVALID',
    kind: 'config',
    message: 'the stack mine cannot be used as it is: stepOperators.picky.region: no such region',
    hint: 'Try eu-west-1.',
  })
  const two = { message: 'the store is elsewhere', hint: 'Move it.' }
  await expect(operatorsWith(new Picky({ problems: [one, two] })).get(true)).rejects.toMatchObject({
    message: expect.stringMatching(/no such region\n {2}stepOperators.picky: the store is elsewhere$/),
    hint: 'Try eu-west-1.\nMove it.',
  })
})

test('an operator that needs an image is refused in a stack that builds none', async () => {
  await expect(operatorsWith(new Picky({ image: 'required' })).get(true)).rejects.toMatchObject({
    code: 'STACK_INVALID',
    message: expect.stringContaining('picky runs steps in images, and the stack has no image builder'),
  })
  const picky = new Picky({ image: 'required' })
  const parts = { imageBuilder: new Builder({}), containerRegistry: new Registry({}) }
  expect(await operatorsWith(picky, parts).get(true)).toBe(picky)
})
