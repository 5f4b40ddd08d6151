import fc from 'fast-check'
import { expect, test } from 'vitest'

import { parseChallenges } from '../../src/distribution/challenge.ts'
import { parseErrorBody, retryAfter } from '../../src/distribution/registry-answer.ts'
import { covers } from '../../src/distribution/scope.ts'

const read = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])

test('what registries write', () => {
  expect(
    read('Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'),
  ).toEqual([
    [
      'bearer',
      { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:a/b:pull,push' },
    ],
  ])
  expect(read('Basic realm="a \\"b\\", c", BEARER Realm=x , Service = "y",, Negotiate')).toEqual([
    ['basic', { realm: 'a "b", c' }],
    ['bearer', { realm: 'x', service: 'y' }],
    ['negotiate', {}],
  ])
  expect(read('')).toEqual([])
  expect(read('Basic realm="no end')).toEqual([
    ['basic', {}],
    ['realm', {}],
  ])
})

const token = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,10}$/)
const challenges = fc.array(
  fc.tuple(
    token,
    fc.uniqueArray(fc.tuple(token, fc.stringMatching(/^[ -~]*$/)), { selector: ([name]) => name.toLowerCase() }),
  ),
  { maxLength: 4 },
)

test('what is written as the RFC says is read back', () => {
  fc.assert(
    fc.property(challenges, (list) => {
      const quote = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`
      const header = list
        .map(([scheme, parameters]) =>
          [scheme, parameters.map(([name, value]) => `${name}=${quote(value)}`).join(', ')].join(' ').trim(),
        )
        .join(', ')
      const expected = list.map(([scheme, parameters]) => [
        scheme.toLowerCase(),
        Object.fromEntries(parameters.map(([name, value]) => [name.toLowerCase(), value])),
      ])
      expect(read(header)).toEqual(expected)
    }),
  )
})

test('any header is read to its end', () => {
  fc.assert(fc.property(fc.string(), (header) => void parseChallenges(header)))
})

test('scopes cover others of the same repository with fewer actions', () => {
  expect(covers(['repository:a:pull,push'], ['repository:a:pull'])).toBe(true)
  expect(covers(['repository:a:pull'], ['repository:a:pull,push'])).toBe(false)
  expect(covers(['repository:a:pull,push', 'repository:b:pull'], ['repository:b:pull', 'repository:a:push'])).toBe(true)
  expect(covers(['repository:a:pull'], ['repository:b:pull'])).toBe(false)
  expect(covers(['aws'], ['aws'])).toBe(true)
})

test('errors of registries, token services and proxies', () => {
  expect(parseErrorBody('{"errors":[{"code":"DENIED","message":"no"},{"code":"DENIED","message":"no"}]}')).toEqual({
    codes: ['DENIED'],
    explanation: 'no',
  })
  expect(parseErrorBody('{"details":"incorrect username or password"}')).toEqual({
    codes: [],
    explanation: 'incorrect username or password',
  })
  expect(parseErrorBody('<html>502</html>')).toEqual({ codes: [], explanation: '' })
  expect(parseErrorBody('too\n\u001b[31mmany')).toEqual({ codes: [], explanation: 'too [31mmany' })
  expect(parseErrorBody('x'.repeat(1000)).explanation).toHaveLength(401)
  for (const body of ['null', '{"errors":null}', '{"errors":[null,1,{"code":1}]}', '[]'])
    expect(parseErrorBody(body).codes, body).toEqual([])
})

test('Retry-After in seconds and as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  expect(retryAfter('3', now)).toBe(3000)
  expect(retryAfter('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5000)
  expect(retryAfter('Thu, 01 Jan 2020 00:00:05 GMT', now)).toBe(0)
  expect(retryAfter('soon', now)).toBe(undefined)
  expect(retryAfter(undefined, now)).toBe(undefined)
})
