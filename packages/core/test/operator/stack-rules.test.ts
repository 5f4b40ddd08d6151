import { expect, test } from 'vitest'

import { stackProblems, type PartFacts } from '../../src/operator/stack-rules.ts'
import type { ComponentLocation } from '../../src/stack/component.ts'

const HERE = { cloud: 'local' }
const IRELAND = { cloud: 'aws', region: 'eu-west-1' }
const VIRGINIA = { cloud: 'aws', region: 'us-east-1' }
const AWS = { cloud: 'aws' }
const BELGIUM = { cloud: 'gcp', region: 'europe-west1' }

function at(location: ComponentLocation | undefined): { readonly location?: ComponentLocation } {
  return location === undefined ? {} : { location }
}
const operator = (location?: ComponentLocation, image: 'required' | 'none' = 'none'): PartFacts => ({
  path: 'stepOperators.gpu',
  type: 'step_operator',
  flavor: 'cloudy',
  image,
  ...at(location),
})
const store = (location?: ComponentLocation): PartFacts => ({
  path: 'artifactStore',
  type: 'artifact_store',
  flavor: 'bucket',
  ...at(location),
})
const registry = (location?: ComponentLocation): PartFacts => ({
  path: 'containerRegistry',
  type: 'container_registry',
  flavor: 'images',
  ...at(location),
})
const builder: PartFacts = { path: 'imageBuilder', type: 'image_builder', flavor: 'oci' }

function found(...parts: readonly PartFacts[]): string[] {
  return stackProblems(parts).map(({ path, message }) => `${path}: ${message}`)
}

test.each([
  ['everything here', HERE, HERE],
  ['a local operator reaches every cloud', HERE, IRELAND],
  ['one region', IRELAND, IRELAND],
  ['a store that is everywhere in its cloud', IRELAND, AWS],
  ['an operator whose region is not known', AWS, IRELAND],
  ['names are compared as their providers do', IRELAND, { cloud: 'AWS', region: 'EU-WEST-1' }],
  ['an operator of which nothing is known', undefined, HERE],
  ['a store of which nothing is known', IRELAND, undefined],
])('agree: %s', (_why, operatorAt, storeAt) => {
  expect(found(operator(operatorAt), store(storeAt))).toEqual([])
})

test.each([
  [
    'a local store with a remote operator',
    operator(IRELAND),
    store(HERE),
    'artifactStore: the artifact store artifactStore (bucket) is on this machine, and the step operator stepOperators.gpu (cloudy) runs jobs in aws eu-west-1, where they cannot reach it',
  ],
  [
    'clouds',
    operator(IRELAND),
    store(BELGIUM),
    'artifactStore: the artifact store artifactStore (bucket) is in gcp europe-west1, and the step operator stepOperators.gpu (cloudy) in aws eu-west-1: the clouds differ',
  ],
  [
    'regions',
    operator(IRELAND),
    store(VIRGINIA),
    'artifactStore: the artifact store artifactStore (bucket) is in aws us-east-1, and the step operator stepOperators.gpu (cloudy) in aws eu-west-1: the regions differ',
  ],
])('do not agree: %s', (_what, one, other, message) => {
  expect(found(one, other)).toEqual([message])
  expect(stackProblems([one, other])[0]?.hint).toMatch(/\.$/)
})

test('the place of a registry matters to operators that run images only', () => {
  expect(found(operator(IRELAND), store(IRELAND), registry(VIRGINIA), builder)).toEqual([])
  expect(found(operator(IRELAND, 'required'), store(IRELAND), registry(IRELAND), builder)).toEqual([])
  expect(found(operator(IRELAND, 'required'), store(IRELAND), registry(VIRGINIA), builder)).toEqual([
    expect.stringMatching(/^containerRegistry: .*: the regions differ$/),
  ])
})

test('images need a builder, and a registry unless they stay on this machine', () => {
  const builds = expect.stringMatching(/^imageBuilder: .*cloudy.* has no image builder$/)
  const keeps = expect.stringMatching(/^containerRegistry: .*cloudy.* no container registry/)
  expect(found(operator(IRELAND, 'required'), store(IRELAND))).toEqual([builds, keeps])
  expect(found(operator(undefined, 'required'), store(), builder)).toEqual([keeps])
  expect(found(operator(HERE, 'required'), store(HERE))).toEqual([builds])
  expect(found(operator(HERE, 'required'), store(HERE), builder)).toEqual([])
  expect(found(operator(IRELAND, 'none'), store(IRELAND))).toEqual([])
})

test('every operator of a stack is looked at', () => {
  const other: PartFacts = { ...operator(BELGIUM), path: 'stepOperators.tpu' }
  expect(found(operator(IRELAND), other, store(VIRGINIA))).toEqual([
    expect.stringContaining('stepOperators.gpu'),
    expect.stringContaining('stepOperators.tpu'),
  ])
})
