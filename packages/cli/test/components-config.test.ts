import { expect, test } from 'vitest'
import fc from 'fast-check'
import type { JsonSchema } from '@sidestep/core/project'
import { checkOptions, type CheckOptionsOptions } from '../src/components/check-options.ts'
import { readConfig } from '../src/components/read-config.ts'
import { HIDDEN, redacted } from '../src/components/redact.ts'

const schema: JsonSchema = {
  type: 'object',
  properties: {
    size: { type: 'integer' },
    zones: { type: 'array', items: { type: 'string' } },
    tags: { type: 'object', additionalProperties: { type: 'string' } },
    limits: { type: 'object', properties: { time: { type: 'integer' } } },
    'with.dot': { type: 'string' },
  },
}

const option = (key: string, text: string): { key: string; flag: string; text: string } => ({ key, flag: key, text })

test('options and --set make a configuration, typed by its schema', () => {
  const { set, problems } = readConfig(
    {
      options: [option('size', '3'), option('zones', 'a'), option('zones', 'b')],
      sets: ['limits.time=5', 'tags.team=7', 'with.dot=x', 'unknown.deep={"a":[1]}'],
    },
    schema,
  )
  expect(problems).toEqual([])
  expect(set).toEqual({
    size: 3,
    zones: ['a', 'b'],
    limits: { time: 5 },
    tags: { team: '7' },
    'with.dot': 'x',
    unknown: { deep: { a: [1] } },
  })
})

test('a key inside of an object is put to the others, and taken from them', () => {
  const before = { limits: { time: 1, memory: 2 }, size: 1, tags: { a: 'x' } }
  const change = readConfig({ options: [], sets: ['limits.time=9'], unsets: ['limits.memory', 'size'] }, schema, before)
  expect(change).toEqual({ set: { limits: { time: 9 } }, unset: ['size'], problems: [] })
  expect(before.limits).toEqual({ time: 1, memory: 2 })
})

test.each<[Parameters<typeof readConfig>[0], string, string]>([
  [{ options: [option('size', '1'), option('size', '1')], sets: [] }, '--size', 'is given twice'],
  [{ options: [option('size', '1')], sets: ['size=1'] }, '--set size', 'says something else of what --size says'],
  [{ options: [], sets: ['tags={}', 'tags.a=1'] }, '--set tags.a', 'says something else of what --set tags says'],
  [{ options: [], sets: ['a=1', 'a=1'] }, '--set a', 'is given twice'],
  [{ options: [], sets: ['size'] }, '--set size', 'must look like key=value, or key.inner=value'],
  [{ options: [], sets: ['=1'] }, '--set', 'must look like key=value, or key.inner=value'],
  [{ options: [], sets: ['a..b=1'] }, '--set a..b', 'must look like key=value, or key.inner=value'],
  [{ options: [], sets: ['limits.time=soon'] }, '--set limits.time', 'must be a whole number'],
  [
    { options: [], sets: ['name.a=1'] },
    '--set name.a',
    'lies in something that is no object; give the whole of it as JSON',
  ],
  [{ options: [], sets: [], unsets: ['gone'] }, '--unset gone', 'is not set. There is: name.'],
  [{ options: [], sets: ['name=a'], unsets: ['name'] }, '--unset name', 'says something else of what --set name says'],
])('%j', (words, name, message) => {
  const { set, unset, problems } = readConfig(words, schema, { name: 'x' })
  expect(problems).toEqual([{ option: name, message }])
  expect(name === '--set name.a' || Object.keys(set).length + unset.length === 0).toBe(true)
})

test('any path of keys is set, and nothing else', () => {
  const segment = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('__proto__', 'constructor', 'toString', '0'))
  const path = fc.array(
    segment.filter((text) => !/[.=]/.test(text)),
    { minLength: 1, maxLength: 5 },
  )
  fc.assert(
    fc.property(path, fc.jsonValue(), (keys, value) => {
      const text = JSON.stringify(value)
      const { set, problems } = readConfig({ options: [], sets: [`${keys.join('.')}=${text}`] }, undefined)
      expect(problems).toEqual([])
      let found: unknown = set
      for (const one of keys) {
        expect(Object.keys(found as object)).toEqual([one])
        found = Object.getOwnPropertyDescriptor(found, one)?.value
      }
      expect(JSON.stringify(found)).toBe(JSON.stringify(JSON.parse(text)))
      expect(Object.prototype).not.toHaveProperty(keys.includes('polluted') ? 'none' : 'polluted')
    }),
  )
})

test('any words are a change or problems', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string()),
      fc.array(fc.string()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (sets, unsets, before) => {
        const copy = structuredClone(before)
        const { set, unset, problems } = readConfig({ options: [], sets, unsets }, schema, before)
        expect(before).toEqual(copy)
        for (const name of unset) expect(Object.hasOwn(set, name)).toBe(false)
        expect(Array.isArray(problems)).toBe(true)
      },
    ),
  )
})

const jsonSchema: JsonSchema = {
  type: 'object',
  properties: {
    role: { type: 'string', description: 'who the job is' },
    size: { type: 'number' },
    region: { enum: ['a', 'b'] },
    key: { type: 'string', secret: true },
    inner: { type: 'object', properties: { many: { type: 'number' } } },
  },
  required: ['role'],
}

/** A Standard Schema without a library, as a flavor of somebody else may have it. */
const standardSchema: CheckOptionsOptions['schema'] & { readonly '~standard': { readonly jsonSchema: object } } = {
  '~standard': {
    jsonSchema: { input: () => jsonSchema, output: () => jsonSchema },
    version: 1,
    vendor: 'test',
    validate: (value) => {
      const { role, size, region, inner, key: _key, ...others } = value as Record<string, unknown>
      const issues = [
        ...(typeof role === 'string' ? [] : [{ message: 'expected string', path: ['role'] }]),
        ...(size === undefined || typeof size === 'number' ? [] : [{ message: 'expected number', path: ['size'] }]),
        ...([undefined, 'a', 'b'].includes(region as string)
          ? []
          : [{ message: `${String(region)} is not a or b`, path: [{ key: 'region' }] }]),
        ...(inner === undefined || typeof (inner as { many: unknown }).many === 'number'
          ? []
          : [{ message: 'expected number', path: ['inner', 'many'] }]),
        ...Object.keys(others).map((name) => ({ message: `there is no ${name}` })),
      ]
      return issues.length === 0 ? { value } : { issues }
    },
  },
}

function check(config: Readonly<Record<string, unknown>>, environment: Record<string, string> = {}): Promise<unknown> {
  return checkOptions(config, { schema: standardSchema, jsonSchema, environment })
}

test('problems of a configuration name the option', async () => {
  expect(await check({ role: 'r' })).toEqual([])
  expect(await check({})).toEqual([{ option: '--role', message: 'is required: who the job is' }])
  expect(await check({ role: 'r', inner: { many: 'x' } })).toMatchObject([{ option: '--set inner.many' }])
  expect(await check({ role: 'r', size: 'x' })).toMatchObject([{ option: '--size' }])
  expect(await check({ role: 'r', sise: 1 })).toMatchObject([
    { option: '', message: 'there is no sise; instead of sise, did you mean size?' },
  ])
})

test('a variable that is not set is not held against a value; one that is set is', async () => {
  expect(await check({ role: '${env:ROLE}', size: '${env:SIZE}', region: '${env:REGION}' })).toEqual([])
  expect(await check({ role: 'r', inner: { many: '${env:SIZE}' } })).toEqual([])
  expect(await check({ role: 'r', region: '${env:REGION}' }, { REGION: 'a' })).toEqual([])
  expect(await check({ role: 'r', region: '${env:REGION}' }, { REGION: 'elsewhere' })).toEqual([
    { option: '--region', message: '${env:REGION} is not a or b' },
  ])
})

test('a secret is only given by reference, and never shown', async () => {
  expect(await check({ role: 'r', key: 'hunter2' })).toMatchObject([{ option: '--key' }])
  expect(JSON.stringify(await check({ role: 'r', key: 'hunter2' }))).not.toContain('hunter2')
  expect(await check({ role: 'r', key: '${env:KEY}' })).toEqual([])
  expect(redacted({ role: 'r', key: 'hunter2' }, jsonSchema)).toEqual({ role: 'r', key: HIDDEN })
  expect(redacted({ role: 'r', key: '${env:KEY}' }, jsonSchema)).toEqual({ role: 'r', key: '${env:KEY}' })
})
