import { configError } from '@sidestep/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { dockerBuilderConfigSchema } from '../src/engine/schemas.ts'
import { ociConfigSchema, ociContainerRegistryConfigSchema } from '../src/oci/schemas.ts'
import { textConfig } from '../src/text-config.ts'

const schema = textConfig(
  {
    where: { description: 'A place.', required: true, pattern: [/^[a-z]+$/u, 'write small letters'] },
    version: { description: 'Of it.', default: '1', enum: ['1', '2'] },
    name: {
      description: 'What it is called.',
      check: (name) => {
        if (name === 'bad') throw configError('CONFIG_INVALID', `"${name}" is no name`, 'Take another.')
        if (name === 'broken') throw new RangeError('a mistake of ours')
      },
    },
  },
  (given) => ({ version: '1', ...given }),
)['~standard']

test('what is right is completed', () => {
  expect(schema.validate({ where: 'here' })).toEqual({ value: { version: '1', where: 'here' } })
  expect(schema.validate({ where: 'here', version: '2', name: 'it' })).toEqual({
    value: { where: 'here', version: '2', name: 'it' },
  })
})

test.each([
  [{}, [['where'], 'it is missing']],
  [{ where: '' }, [['where'], 'it is empty']],
  [{ where: 1 }, [['where'], 'expected text']],
  [{ where: null }, [['where'], 'expected text']],
  [{ where: 'HERE' }, [['where'], 'write small letters']],
  [{ where: 'here', version: '3' }, [['version'], `expected one of '1', '2'`]],
  [{ where: 'here', version: 2 }, [['version'], `expected one of '1', '2'`]],
  [{ where: 'here', name: 'bad' }, [['name'], '"bad" is no name Take another.']],
  [{ where: 'here', nmae: 'x' }, [[], 'there is no nmae; did you mean name?']],
  [{ where: 'here', zzzzzz: 'x' }, [[], 'there is no zzzzzz; there is: where, version, name']],
  [[], [[], 'a configuration is an object']],
  [null, [[], 'a configuration is an object']],
  ['here', [[], 'a configuration is an object']],
])('%j is refused', (value, [path, message]) => {
  expect(schema.validate(value)).toEqual({ issues: [{ path, message }] })
})

test('all that is wrong is told at once; a mistake of ours is none of the configuration', () => {
  expect(schema.validate({ version: '3', other: 'x' })).toMatchObject({ issues: { length: 3 } })
  expect(() => schema.validate({ where: 'here', name: 'broken' })).toThrow(RangeError)
})

test('its JSON schema says the same', () => {
  expect(schema.jsonSchema.input()).toEqual({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      where: { type: 'string', description: 'A place.', pattern: '^[a-z]+$' },
      version: { type: 'string', description: 'Of it.', default: '1', enum: ['1', '2'] },
      name: { type: 'string', description: 'What it is called.', minLength: 1 },
    },
    required: ['where'],
    additionalProperties: false,
  })
  expect(schema.jsonSchema.output()).toEqual(schema.jsonSchema.input())
})

test('any value is judged by the schemas of this package, and none of them throws', () => {
  const keys = fc.constantFrom('parentImage', 'nodeVersion', 'host', 'program', 'uri')
  const values = fc.oneof(fc.string(), fc.constantFrom('24', 'node:24', 'unix:///s', 'ghcr.io/acme'), fc.jsonValue())
  fc.assert(
    fc.property(fc.oneof(fc.dictionary(keys, values), fc.jsonValue()), (value) => {
      for (const { '~standard': one } of [
        ociConfigSchema,
        ociContainerRegistryConfigSchema,
        dockerBuilderConfigSchema,
      ]) {
        const judged = one.validate(value)
        if (judged instanceof Promise) throw new Error('it is judged at once')
        if ('issues' in judged) expect(judged.issues).not.toEqual([])
        else expect(one.validate(judged.value)).toEqual(judged)
      }
    }),
  )
})
