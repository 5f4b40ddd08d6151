import { expect, test } from 'vitest'

import { codeOf, configError, FAILURE_KINDS, messageOf, SidestepError } from '../src/errors.ts'

test('an error says what, why and what to do, and keeps its cause', () => {
  const cause = new Error('ENOSPC')
  const job = { exitCode: 137, lastLogLines: ['a', 'b'], handle: { id: 'x' } }
  const error = new SidestepError('could not write', {
    code: 'STORE_FAILED',
    kind: 'infra',
    hint: 'Make room.',
    cause,
    job,
  })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'SidestepError',
    message: 'could not write',
    code: 'STORE_FAILED',
    kind: 'infra',
    hint: 'Make room.',
    job,
  })
  expect(error.cause).toBe(cause)
  expect(String(error)).toBe('SidestepError: could not write')
  expect(error.stack).toContain('errors.test.ts')
})

test('what was not given is absent', () => {
  const error = new SidestepError('x', { code: 'INTERNAL', kind: 'infra' })
  expect([error.hint, error.job, 'cause' in error]).toEqual([undefined, undefined, false])
  const config = configError('CONFIG_INVALID', 'x')
  expect([config.kind, config.hint, 'cause' in config]).toEqual(['config', undefined, false])
  expect(configError('CONFIG_INVALID', 'x', 'y', 'z')).toMatchObject({ hint: 'y', cause: 'z' })
})

test('an error of another copy of the package is recognized; what only looks like one is not', async () => {
  const specifier: string = '../src/errors.ts?copy'
  const copy = (await import(specifier)) as typeof import('../src/errors.ts')
  expect(copy.SidestepError).not.toBe(SidestepError)
  const foreign = copy.configError('CONFIG_INVALID', 'x')
  expect(foreign).not.toBeInstanceOf(SidestepError)
  expect(SidestepError.isInstance(foreign)).toBe(true)
  const alike = Object.assign(new Error('x'), { name: 'SidestepError', code: 'CONFIG_INVALID', kind: 'config' })
  for (const other of [alike, null, undefined, 'x', {}, new Error('x')])
    expect(SidestepError.isInstance(other)).toBe(false)
})

test('the marker is not among what is printed, copied or written as JSON', () => {
  const error = configError('CONFIG_INVALID', 'x')
  expect(SidestepError.isInstance(Object.assign({}, error))).toBe(false)
  expect(
    Object.getOwnPropertySymbols(error).filter((symbol) => Object.prototype.propertyIsEnumerable.call(error, symbol)),
  ).toEqual([])
})

test('anything that was thrown has a message', () => {
  expect(messageOf(new TypeError('bad'))).toBe('bad')
  expect(messageOf('text')).toBe('text')
  expect(messageOf(undefined)).toBe('undefined')
  expect(messageOf({ toString: () => 'own' })).toBe('own')
})

test('a code is a string, or there is none', () => {
  expect(codeOf(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT')
  expect(codeOf(configError('RUN_CONFLICT', 'x'))).toBe('RUN_CONFLICT')
  for (const thrown of [new Error('x'), { code: 5 }, null, undefined, 'ENOENT']) expect(codeOf(thrown)).toBeUndefined()
})

test('every kind is listed once', () => {
  expect(new Set(FAILURE_KINDS).size).toBe(FAILURE_KINDS.length)
  expect(FAILURE_KINDS).toHaveLength(10)
})
