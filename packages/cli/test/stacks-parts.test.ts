import { expect, test } from 'vitest'
import { placeOfProblem } from '../src/stacks/problem-place.ts'
import type { StackDetails } from '../src/stacks/stack-details.ts'
import { stackChange } from '../src/stacks/update-command.ts'
import { jsonListedStack, stacksTable } from '../src/view/stacks-list.ts'
import { jsonValidation, validationText, type StackValidation } from '../src/view/stacks-validation.ts'
import { plain } from '../src/view/style.ts'

const ENTRY = { artifactStore: 'lake', stepOperators: ['gpu', 'cpu'], defaultStepOperator: 'cpu', imageBuilder: 'oci' }

const DETAILS: StackDetails = {
  name: 'prod',
  builtIn: false,
  place: 'sidestep.yaml:9:3',
  parts: [
    { type: 'artifact_store', name: 'lake', flavor: 's3', config: {}, place: 'sidestep.yaml:3:5' },
    { type: 'step_operator', name: 'gpu', flavor: 'local', config: {}, place: 'sidestep.yaml:5:5' },
    { type: 'step_operator', name: 'gpu.big', flavor: 'local', config: {}, place: 'sidestep.yaml:6:5' },
  ],
}

test('adds and removes operators, and leaves the rest', () => {
  const change = (options: object): object => stackChange(ENTRY, { name: 'prod', ...options })
  expect(change({ stepOperator: ['big', 'gpu'] })).toEqual({ stepOperators: ['gpu', 'cpu', 'big'] })
  expect(change({ removeStepOperator: ['gpu'] })).toEqual({ stepOperators: ['cpu'] })
  expect(change({ removeStepOperator: ['cpu'], defaultStepOperator: false })).toEqual({
    stepOperators: ['gpu'],
    defaultStepOperator: undefined,
  })
  expect(change({ imageBuilder: false, containerRegistry: 'ecr', artifactStore: 'disk' })).toEqual({
    artifactStore: 'disk',
    containerRegistry: 'ecr',
    imageBuilder: undefined,
  })
})

test.each([
  [{}, /nothing of the stack prod is to change/],
  [{ removeStepOperator: ['cpu'] }, /cpu is the default step operator/],
  [{ removeStepOperator: ['nope'] }, /has no step operator nope/],
  [{ stepOperator: ['gpu'], removeStepOperator: ['gpu'] }, /is to come and to go/],
  [{ removeStepOperator: ['gpu', 'cpu'], defaultStepOperator: false as const }, /would have no step operator/],
])('refuses %j', (options, message) => {
  expect(() => stackChange(ENTRY, { name: 'prod', ...options })).toThrow(message)
})

test('finds what a problem is about in the file, names with dots too', () => {
  const keysOf = (path?: string): readonly string[] | undefined => placeOfProblem(path, DETAILS).keys
  expect(keysOf('artifactStore')).toEqual(['components', 'artifact_store', 'lake'])
  expect(keysOf('stepOperators.gpu.region')).toEqual(['components', 'step_operator', 'gpu', 'region'])
  expect(keysOf('stepOperators.gpu.big')).toEqual(['components', 'step_operator', 'gpu.big'])
  expect(keysOf('stepOperators.gpu.big.region')).toEqual(['components', 'step_operator', 'gpu.big', 'region'])
  expect(keysOf('containerRegistry')).toEqual(['stacks', 'prod'])
  expect(keysOf()).toEqual(['stacks', 'prod'])
  const { place: _place, ...inCode } = DETAILS
  expect(placeOfProblem('artifactStore', inCode)).toEqual({ part: DETAILS.parts[0] })
  expect(placeOfProblem('imageBuilder', inCode)).toEqual({})
})

test('says what was tried, what is wrong, where, and what to do', () => {
  const [lake] = DETAILS.parts
  const validation: StackValidation = {
    details: DETAILS,
    isComposed: true,
    steps: ['train'],
    problems: [
      {
        message: 'it is on this machine',
        hint: 'Take another.',
        path: 'artifactStore',
        part: lake!,
        place: 'sidestep.yaml:3:5',
      },
      { message: 'it asks for a GPU', hint: '', path: 'resources.gpuCount', step: 'train' },
    ],
  }
  const lines = validationText(validation, plain)
  expect(lines.slice(0, 3)).toEqual(['stack prod', '  ✖ artifact store lake (s3)', '  ✔ step operator gpu (local)'])
  expect(lines).toContain('  ✖ step train')
  expect(lines).toContain('✖ sidestep.yaml:3:5 artifactStore: it is on this machine')
  expect(lines).toContain('  hint: Take another.')
  expect(lines).toContain('✖ step train: it asks for a GPU')
  expect(lines.at(-1)).toBe('2 problems')
  expect(jsonValidation(validation)).toMatchObject({
    stack: 'prod',
    valid: false,
    tried: { steps: ['train'], components: [{ ok: false }, { ok: true }, { ok: true }] },
    problems: [
      { step: null, place: 'sidestep.yaml:3:5' },
      { step: 'train', place: null },
    ],
  })
  const right = validationText({ ...validation, problems: [] }, plain)
  expect(right.filter((line) => line.startsWith('  ✔'))).toHaveLength(8)
  expect(right.at(-1)).toBe('nothing is wrong with it')
})

test('what was not tried is not said to be', () => {
  const validation = { details: DETAILS, isComposed: false, steps: [], problems: [{ message: 'no', hint: '' }] }
  expect(jsonValidation(validation)).toMatchObject({ tried: { rules: [] } })
})

test('the list has the built-in stack, and fits a terminal', () => {
  const stacks = [{ name: 'prod', entry: ENTRY, active: 'choice' as const }, { name: 'default' }]
  expect(stacksTable(stacks, { style: plain })).toEqual([
    'stack    step operators      artifact store  image builder  active',
    'prod     gpu, cpu (default)  lake            oci            active: your choice',
    'default  this machine        this machine',
  ])
  expect(stacksTable(stacks, { style: plain, columns: 60 }).every((line) => line.length <= 60)).toBe(true)
  expect(Object.keys(jsonListedStack(stacks[1]!))).toEqual(Object.keys(jsonListedStack(stacks[0]!)))
})
