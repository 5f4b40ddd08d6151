import fc from 'fast-check'
import { expect, test } from 'vitest'

import { formatRequirement, parseRequirement } from '../../src/environment/parse-requirement.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
const word = (extra: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...letters), fc.string({ unit: fc.constantFrom(...letters, ...extra), maxLength: 12 }))
    .map((it) => it.join(''))
const name = fc.oneof(
  word('-._'),
  fc.tuple(word('-._'), word('-._')).map(([scope, local]) => `@${scope}/${local}`),
)
const version = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((it) => it.join('.'))
const range = fc.oneof(
  version,
  version.map((it) => `^${it}`),
  version.map((it) => `~${it}-beta.1+build`),
  fc.tuple(version, version).map(([from, to]) => `>=${from} <${to} || ${to}`),
  fc.constantFrom('latest', 'next', '*', '1.x'),
)

test('what is written is what is read', () => {
  fc.assert(
    fc.property(name, range, (packageName, wanted) => {
      const requirement = { name: packageName, range: wanted }
      expect(parseRequirement(formatRequirement(requirement))).toEqual(requirement)
      expect(parseRequirement(packageName)).toEqual({ name: packageName, range: 'latest' })
    }),
  )
})

test('any text is read or refused with a config error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        const requirement = parseRequirement(text)
        expect(parseRequirement(formatRequirement(requirement))).toEqual(requirement)
        expect(formatRequirement(requirement)).not.toMatch(/[:\s](?!\S)|["'`$;&]/)
      } catch (error) {
        expect(error).toMatchObject({
          code: 'CONFIG_INVALID',
          kind: 'config',
          hint: expect.stringContaining('name@1.2.3'),
        })
      }
    }),
  )
})

test.each([
  '',
  '@',
  '@scope',
  'a b@1',
  'name@',
  'name@file:../local',
  'name@git+ssh://git@github.com/a/b.git',
  'name@https://example.com/a.tgz',
  'name@npm:other@1',
  'name@user/repository',
  'name@workspace:*',
  './folder',
  '../folder@1.0.0',
  'https://example.com/a.tgz',
  '--registry=http://x@1',
  `${'a'.repeat(215)}@1`,
])('%s is refused', (text) => {
  expect(() => parseRequirement(text)).toThrow(/cannot be installed/)
})
