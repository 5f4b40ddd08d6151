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

afterAll(() => rm(cwd, { recursive: true, force: true, maxRetries: 5 }))

const readStdin = (): Promise<string> => Promise.resolve('[1, 2]')

async function errorOf(option: string): Promise<SidestepError> {
  try {
    await parseInput(option, { cwd, readStdin })
  } catch (error) {
    if (SidestepError.isInstance(error)) return error
    throw error
  }
  throw new Error('it was accepted')
}

test('reads JSON, a file, stdin, or nothing', async () => {
  expect(await parseInput(undefined, { cwd, readStdin })).toBeUndefined()
  expect(await parseInput('{"rows": 10}', { cwd, readStdin })).toEqual({ rows: 10 })
  expect(await parseInput('"text"', { cwd, readStdin })).toBe('text')
  expect(await parseInput('@input.json', { cwd, readStdin })).toEqual({ rows: 10 })
  expect(await parseInput('@-', { cwd, readStdin })).toEqual([1, 2])
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
])('shows where %j is not JSON', async (text, line, column) => {
  const { kind, message } = await errorOf(text)
  expect(kind).toBe('config')
  expect(message).toContain(`--input is not JSON, at line ${line}, column ${column}: `)
})

test('shows the line of a file', async () => {
  const { message } = await errorOf('@broken.json')
  expect(message).toContain('broken.json is not JSON, at line 3, column 11: ')
  expect(message).toContain('\n\n  "name": oops\n          ^')
})

test('says what must hold JSON', async () => {
  expect((await errorOf('@broken.json')).hint).toBe('The file must hold one JSON document.')
  await expect(parseInput('@-', { cwd, readStdin: () => Promise.resolve('') })).rejects.toThrow(
    expect.objectContaining({ hint: 'stdin must hold one JSON document.' }),
  )
})

test('says what file it cannot read', async () => {
  expect((await errorOf('@missing.json')).message).toContain('--input cannot read missing.json: ENOENT')
  expect((await errorOf('@')).message).toBe('--input @ names no file')
})

test('accepts every JSON value, and names a place in every other text', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.jsonValue(),
      async (value) =>
        JSON.stringify(await parseInput(JSON.stringify(value), { cwd, readStdin })) === JSON.stringify(value),
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'{}[]",:0x \n\\') }), async (text) => {
      fc.pre(!text.startsWith('@') && !isJson(text))
      expect((await errorOf(text)).message).toMatch(/^--input is not JSON, at line \d+, column \d+: ./)
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
