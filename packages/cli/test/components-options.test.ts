import { expect, test } from 'vitest'
import fc from 'fast-check'
import type { JsonSchema } from '@sidestep/core/project'
import { kebabCase, RESERVED_FLAGS, schemaOptions, typeText } from '../src/components/json-schema-options.ts'
import { oneOf, readOptionList, readOptionValue } from '../src/components/read-option-value.ts'

const key = fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,8}$/), fc.constantFrom(...RESERVED_FLAGS))
const scalar = fc.constantFrom<JsonSchema>(
  { type: 'string' },
  { type: 'number' },
  { type: 'integer' },
  { type: 'boolean' },
  { type: ['string', 'null'] },
  { enum: ['a', 'b', 3, null] },
  { const: 'only' },
  {},
)
const anySchema: fc.Arbitrary<JsonSchema> = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ type: fc.constant('object'), properties: fc.dictionary(key, tie('schema'), { maxKeys: 4 }) }),
  ),
})).schema

function read(text: string, schema: JsonSchema): unknown {
  return readOptionValue(text, schema, schema)
}

test('no flag stands for two keys, or for what the program takes itself', () => {
  fc.assert(
    fc.property(fc.dictionary(key, anySchema, { maxKeys: 12 }), (properties) => {
      const options = schemaOptions({ type: 'object', properties })
      expect(options.map((option) => option.key).toSorted()).toEqual(Object.keys(properties).toSorted())
      const flags = options.flatMap(({ flag, alias, negation }) =>
        [flag, alias, negation].filter((one) => one !== undefined),
      )
      expect(new Set(flags).size).toBe(flags.length)
      for (const flag of flags) {
        expect(flag).toMatch(/^[A-Za-z][A-Za-z0-9_-]*$/)
        expect(RESERVED_FLAGS).not.toContain(flag)
      }
    }),
  )
})

test('keys become flags as people write them', () => {
  expect(['stopGrace', 'volumeSizeGiB', 's3URI', 'URLPath', 'snake_case', 'plain'].map(kebabCase)).toEqual([
    'stop-grace',
    'volume-size-gib',
    's3-uri',
    'url-path',
    'snake-case',
    'plain',
  ])
  const [use, no] = schemaOptions({ properties: { useSpot: { type: 'boolean' }, noUseSpot: { type: 'string' } } })
  expect(use).toMatchObject({ flag: 'use-spot', alias: 'useSpot' })
  expect(use).not.toHaveProperty('negation')
  expect(no).toMatchObject({ flag: 'no-use-spot' })
})

test('a value comes back as what it was', () => {
  const structure = fc
    .dictionary(fc.string(), fc.jsonValue())
    .map((value) => JSON.parse(JSON.stringify(value)) as object)
  fc.assert(
    fc.property(
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      structure,
      (text, number, whole, object) => {
        expect(read(text, { type: 'string' })).toEqual({ value: text })
        expect(read(JSON.stringify(number), { type: 'number' })).toEqual({ value: number === 0 ? 0 : number })
        expect(read(String(whole), { type: 'integer' })).toEqual({ value: whole })
        expect(read(String(whole), { type: ['string', 'number'] })).toEqual({ value: whole })
        expect(read(JSON.stringify(object), { type: 'object' })).toEqual({ value: object })
        expect(read(JSON.stringify([object]), { type: 'array', items: { type: 'object' } })).toEqual({
          value: [object],
        })
      },
    ),
  )
})

test('any text of any schema is a value of it, or a problem that does not repeat the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.constant('secret-text')), anySchema, (text, schema) => {
      const found = readOptionValue(text, schema, schema)
      if ('problem' in found) {
        const hinted = found.problem.replace('; a variable is written ${env:NAME}', '')
        expect(hinted).toBe(`must be ${oneOf(typeText(schema, schema))}`)
        expect(found.problem).not.toContain('secret-text')
      } else expect(found).toHaveProperty('value')
    }),
  )
})

test.each<[string, JsonSchema, unknown]>([
  ['true', { type: 'boolean' }, { value: true }],
  ['yes', { type: 'boolean' }, { problem: 'must be true or false' }],
  ['1.5', { type: 'integer' }, { problem: 'must be a whole number' }],
  ['$SIZE', { type: 'integer' }, { problem: 'must be a whole number; a variable is written ${env:NAME}' }],
  ['0x10', { type: 'number' }, { problem: 'must be a number' }],
  ['1e999', { type: 'number' }, { problem: 'must be a number' }],
  ['.5', { type: 'number' }, { value: 0.5 }],
  ['-.5', { type: 'number' }, { value: -0.5 }],
  ['007', { type: ['string', 'number'] }, { value: '007' }],
  ['b', { enum: ['a', 'b'] }, { value: 'b' }],
  ['c', { enum: ['a', 'b'] }, { problem: 'must be a | b' }],
  ['3', { enum: ['a', 3] }, { value: 3 }],
  ['10m', { anyOf: [{ type: 'number' }, { type: 'string' }] }, { value: '10m' }],
  ['null', { anyOf: [{ type: 'string' }, { type: 'null' }] }, { value: null }],
  ['[1]', { type: 'object' }, { problem: 'must be an object' }],
  ['{"a":1}', {}, { value: { a: 1 } }],
  ['text', {}, { value: 'text' }],
  ['${env:SPOT}', { type: 'boolean' }, { value: '${env:SPOT}' }],
  ['${env:SIZE}', { type: 'integer' }, { value: '${env:SIZE}' }],
  ['${env:WHERE}', { enum: ['a'] }, { value: '${env:WHERE}' }],
])('%s of %j', (text, schema, expected) => {
  expect(read(text, schema)).toEqual(expected)
})

test('a list is given by repeating its option, or as JSON', () => {
  const list: JsonSchema = { type: 'array', items: { type: 'integer' } }
  expect(readOptionList(['1', '2'], list, list)).toEqual({ value: [1, 2] })
  expect(readOptionList(['[1,2]', '3'], list, list)).toEqual({ value: [1, 2, 3] })
  expect(readOptionList(['1', 'two'], list, list)).toEqual({
    problem: 'is a list, of which each must be a whole number',
  })
  const oneOrMany: JsonSchema = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }
  expect(readOptionList(['a'], oneOrMany, oneOrMany)).toEqual({ value: 'a' })
  expect(readOptionList(['a', 'b'], oneOrMany, oneOrMany)).toEqual({ value: ['a', 'b'] })
})

test('references inside of a schema are followed, circles too', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: { size: { $ref: '#/$defs/size' }, tree: { $ref: '#/$defs/tree' } },
    $defs: { size: { type: 'integer' }, tree: { anyOf: [{ $ref: '#/$defs/tree' }, { type: 'string' }] } },
  }
  const [size, tree] = schemaOptions(schema)
  expect(size?.type).toBe('whole number')
  expect(tree?.type).toContain('string')
})

test('keys of all variants are options, and required where all of them say so', () => {
  const options = schemaOptions({
    anyOf: [
      { type: 'object', properties: { kind: { const: 'a' }, one: { type: 'string' } }, required: ['kind', 'one'] },
      { type: 'object', properties: { kind: { const: 'b' } }, required: ['kind'] },
    ],
  })
  expect(options.map(({ key: name, type, required }) => [name, type, required])).toEqual([
    ['kind', 'a | b', true],
    ['one', 'string', false],
  ])
})
