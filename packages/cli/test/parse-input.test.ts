import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SidestepError } from '@sidestep/core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseInput } from '../src/run/parse-input.ts'

let cwd: string

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'sidestep-input-'))
  await writeFile(join(cwd, 'input.json'), '\uFEFF{\n  "rows": 10\n}\n')
  await writeFile(join(cwd, 'broken.json'), '{\n  "rows": 10,\n  "name": oops\n}\n')
})

afterAll(() => rm(cwd, { recursive: true, force: true }))

const readStdin = (): string => '[1, 2]'

function errorOf(option: string): SidestepError {
  try {
    parseInput(option, { cwd, readStdin })
  } catch (error) {
    if (SidestepError.isInstance(error)) return error
    throw error
  }
  throw new Error('it was accepted')
}

test('reads JSON, a file, stdin, or nothing', () => {
  expect(parseInput(undefined, { cwd, readStdin })).toBeUndefined()
  expect(parseInput('{"rows": 10}', { cwd, readStdin })).toEqual({ rows: 10 })
  expect(parseInput('"text"', { cwd, readStdin })).toBe('text')
  expect(parseInput('@input.json', { cwd, readStdin })).toEqual({ rows: 10 })
  expect(parseInput('@-', { cwd, readStdin })).toEqual([1, 2])
})

test.each([
  ["{'rows': 10}", 1, 2],
  ['{"rows": 10,}', 1, 13],
  ['{"rows": tru}', 1, 13],
  ['oops', 1, 1],
  ['', 1, 1],
  ['{"rows": ', 1, 10],
  ['[1,\n2,\nx]', 3, 1],
  ['[1] 2', 1, 5],
  ['undefined', 1, 1],
])('shows where %j is not JSON', (text, line, column) => {
  const { kind, message } = errorOf(text)
  expect(kind).toBe('config')
  expect(message).toContain(`--input is not JSON, at line ${line}, column ${column}: `)
})

test('shows the line of a file', () => {
  const { message } = errorOf('@broken.json')
  expect(message).toContain('broken.json is not JSON, at line 3, column 11: ')
  expect(message).toContain('\n\n  "name": oops\n          ^')
})

test('says what must hold JSON', () => {
  expect(errorOf('@broken.json').hint).toBe('The file must hold one JSON document.')
  expect(() => parseInput('@-', { cwd, readStdin: () => '' })).toThrow(
    expect.objectContaining({ hint: 'stdin must hold one JSON document.' }),
  )
})

test('says what file it cannot read', () => {
  expect(errorOf('@missing.json').message).toContain('--input cannot read missing.json: ENOENT')
  expect(errorOf('@').message).toBe('--input @ names no file')
})

test('accepts every JSON value, and names a place in every other text', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      (value) => JSON.stringify(parseInput(JSON.stringify(value), { cwd, readStdin })) === JSON.stringify(value),
    ),
  )
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:0x \n\\') }), (text) => {
      fc.pre(!text.startsWith('@') && !isJson(text))
      expect(errorOf(text).message).toMatch(/^--input is not JSON, at line \d+, column \d+: ./)
    }),
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
