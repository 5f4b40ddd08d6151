import fc from 'fast-check'
import { expect, test } from 'vitest'

import { violations, type Limits } from '../../src/ground/limits.ts'

/** As SageMaker's model has them; `Tree` is one that contains itself. */
const limits: Limits = {
  Job: {
    type: 'structure',
    required: ['Name', 'Resources'],
    members: {
      Name: 'JobName',
      Resources: 'Resources',
      Environment: 'EnvironmentMap',
      Tags: 'TagList',
      Spot: 'Boolean',
      Deadline: 'Timestamp',
      Seed: 'Blob',
      Tree: 'Tree',
    },
  },
  JobName: { type: 'string', min: 1, max: 63, pattern: '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}' },
  Resources: {
    type: 'structure',
    required: ['Count'],
    members: { Count: 'Count', Size: 'Long', Share: 'Float', Mode: 'Mode' },
  },
  Count: { type: 'integer', min: 0, max: 100 },
  Long: { type: 'long', min: 1 },
  Float: { type: 'float', max: 1 },
  Mode: { type: 'string', enum: ['File', 'Pipe'] },
  EnvironmentMap: { type: 'map', key: 'EnvironmentKey', value: 'EnvironmentValue', max: 2 },
  EnvironmentKey: { type: 'string', max: 8, pattern: '[a-zA-Z_][a-zA-Z0-9_]*' },
  EnvironmentValue: { type: 'string', max: 5, pattern: '[\\S\\s]*' },
  TagList: { type: 'list', of: 'Tag', min: 1, max: 2 },
  Tag: { type: 'structure', required: ['Key'], members: { Key: 'TagKey', Value: 'TagKey' } },
  TagKey: { type: 'string', pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' },
  Boolean: { type: 'boolean' },
  Timestamp: { type: 'timestamp' },
  Blob: { type: 'blob' },
  Tree: { type: 'structure', members: { Name: 'JobName', Children: 'Trees' } },
  Trees: { type: 'list', of: 'Tree', max: 2 },
}

const good = { Name: 'train-1', Resources: { Count: 1 } }

function rules(value: unknown, shape = 'Job'): readonly string[] {
  return violations(value, shape, limits).map(
    ({ path, rule, ofKey, wanted }) => `${path}${ofKey ? ' key' : ''} ${rule} ${wanted}`,
  )
}

test('a request that keeps the limits has none', () => {
  const all = {
    Name: 'a'.repeat(63),
    Resources: { Count: 100, Size: 2 ** 40, Share: 0.5, Mode: 'Pipe' },
    Environment: { PATH: 'a\nb', _1: '' },
    Tags: [{ Key: 'Straße: ab/c', Value: null }],
    Spot: false,
    Deadline: 1.7e9,
    Seed: 'aGk=',
    Tree: { Children: [{ Name: 'x', Children: [{}] }, {}] },
  }
  expect(rules(good)).toEqual([])
  expect(rules(all)).toEqual([])
  expect(rules({ ...all, Deadline: '2026-01-01T00:00:00Z', Seed: '' })).toEqual([])
})

test('all that is wrong is told, in the order of the members', () => {
  const bad = {
    Extra: 1,
    Tags: [],
    Name: `${'a'.repeat(63)}-`,
    Environment: { '1': 'abcdef', A: 1, B: 'b' },
    Resources: { Mode: 'file', Size: 0, Count: null },
    Tree: { Children: [{}, { Name: '-' }, { Childs: [] }] },
  }
  expect(rules(bad)).toEqual([
    'Name max 63',
    'Name pattern [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}',
    'Resources.Count required not null',
    'Resources.Size min 1',
    'Resources.Mode enum [File, Pipe]',
    'Environment max 2',
    'Environment key pattern [a-zA-Z_][a-zA-Z0-9_]*',
    'Environment.1 max 5',
    'Environment.A type string',
    'Tags min 1',
    'Tree.Children max 2',
    'Tree.Children[1].Name pattern [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}',
    'Tree.Children[2].Childs unknown [Name, Children]',
    'Extra unknown [Name, Resources, Environment, Tags, Spot, Deadline, Seed, Tree]',
  ])
})

test.each<[string, unknown[], unknown[]]>([
  ['JobName', ['x'], [1, null, {}, ['x']]],
  ['Count', [0, 2, 100], [1.5, '1', NaN, Infinity, 2 ** 31, true, null]],
  ['Long', [1, 2 ** 50], [1.5, '1', Infinity]],
  ['Float', [0.1, -5], ['1', null]],
  ['Boolean', [true, false], ['true', 0, null]],
  ['Timestamp', [0, '2026-01-01T00:00:00Z'], ['yesterday', Infinity, {}]],
  ['Blob', ['', 'aGk=', 'aGkh'], ['a', 'a===', '*', 'aGk', 1]],
  ['TagList', [[{ Key: 'a' }]], [{}, 'x', { 0: { Key: 'a' } }]],
  ['Tag', [{ Key: 'a' }], [[], 'a', null]],
  ['EnvironmentMap', [{}, { a: 'b' }], [[], null, 'x']],
])('%s is of its type', (shape, right, wrong) => {
  for (const value of right) expect(rules(value, shape)).toEqual([])
  for (const value of wrong) expect(violations(value, shape, limits)).toMatchObject([{ rule: 'type', path: '' }])
})

test('names that every object of JavaScript has are names as others', () => {
  const value = JSON.parse('{"Name":"a","Resources":{"Count":1},"__proto__":1,"constructor":2}') as unknown
  expect(violations(value, 'Job', limits).map(({ path }) => path)).toEqual(['__proto__', 'constructor'])
  expect(rules({ Resources: { Count: 1 }, toString: 1 })[0]).toBe('Name required not null')
  expect(() => violations({}, 'toString', limits)).toThrow('the table of limits has no shape toString')
})

test('lengths are in characters, and what is shown is cut between them', () => {
  const table: Limits = { Text: { type: 'string', max: 3 } }
  expect(violations('😀😀😀', 'Text', table)).toEqual([])
  const [violation] = violations('😀'.repeat(400), 'Text', table)
  expect(violation?.value.isWellFormed()).toBe(true)
  expect(violation?.value).toMatch(/^"(😀)+…$/u)
  expect(violations('abcd', 'Text', table)).toEqual([
    { path: '', steps: [], shape: 'Text', rule: 'max', ofKey: false, value: '"abcd"', wanted: '3' },
  ])
})

test.each<[string, string[], string[]]>([
  ['^[a-z]+$', ['abc'], ['abc1', 'Abc', 'a\n']],
  ['a|b', ['a', 'b'], ['ab', 'xa', 'bx']],
  ['arn:[\\p{Alnum}\\-]+:lambda', ['arn:aws-cn1:lambda'], ['arn:a_b:lambda', 'arn:é:lambda']],
  ['\\p{Alpha}\\p{Digit}', ['a1'], ['11', 'p{Alpha}1']],
  ['[\\p{Punct}]+', ['!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'], ['a', ' ']],
  ['[\\p{L}\\p{Z}_.:/=+\\-@]*', ['é b_@-', ''], ['1', '\t']],
  ['a\\-b\\_c\\@\\:\\=', ['a-b_c@:='], ['a\\-b']],
  ['[\\w+=,.@\\-_/]+', ['a-b'], ['a b']],
  ['(?<!x)y', ['y'], ['xy']],
  ['\\d{4}.\\d', ['1234x1', '1234é1', '1234😀1'], ['1234\n1']],
  ['a{,', ['a{,'], ['a']],
])('the pattern %s is for the whole text', (pattern, right, wrong) => {
  const table: Limits = { Text: { type: 'string', pattern } }
  for (const text of right) expect(violations(text, 'Text', table)).toEqual([])
  for (const text of wrong)
    expect(violations(text, 'Text', table)).toMatchObject([{ rule: 'pattern', wanted: pattern }])
})

test('a pattern that nobody can read is an error of the table', () => {
  expect(() => violations('x', 'Text', { Text: { type: 'string', pattern: '\\p{Nonsense}' } })).toThrow(SyntaxError)
})

test('numbers and lengths are wrong exactly outside of their limits', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), fc.integer(), fc.string({ unit: 'binary' }), (value, low, high, text) => {
      const table: Limits = {
        Number: { type: 'integer', min: low, max: high },
        Text: { type: 'string', min: low % 20, max: high % 20 },
      }
      const found = violations(value, 'Number', table).map(({ rule }) => rule)
      expect(found).toEqual([...(value < low ? ['min'] : []), ...(value > high ? ['max'] : [])])
      const length = [...text].length
      expect(violations(text, 'Text', table).map(({ rule }) => rule)).toEqual([
        ...(length < low % 20 ? ['min'] : []),
        ...(length > high % 20 ? ['max'] : []),
      ])
    }),
  )
})

test('any JSON is judged, and a good request with one mistake has that one', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const { path, rule, value: shown } of violations({ ...good, Tree: value }, 'Job', limits)) {
        expect(path.startsWith('Tree')).toBe(true)
        expect(['required', 'unknown', 'type', 'min', 'max', 'pattern', 'enum']).toContain(rule)
        expect(shown.length).toBeLessThanOrEqual(257)
      }
    }),
  )
})
