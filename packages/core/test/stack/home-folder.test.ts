import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createHomeFolder, homeFolder } from '../../src/stack/home-folder.ts'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sidestep-home-'))
})
afterEach(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }))

test('state lies beside the nearest sidestep.yaml or package.json, and SIDESTEP_HOME moves it', () => {
  const inner = join(base, 'a', 'b')
  mkdirSync(inner, { recursive: true })
  writeFileSync(join(base, 'package.json'), '{}')
  expect(homeFolder({ cwd: inner, environment: {} })).toBe(join(base, '.sidestep'))
  writeFileSync(join(base, 'a', 'sidestep.yaml'), '')
  expect(homeFolder({ cwd: inner, environment: {} })).toBe(join(base, 'a', '.sidestep'))
  expect(homeFolder({ cwd: inner, environment: { SIDESTEP_HOME: 'elsewhere' } })).toBe(join(inner, 'elsewhere'))
  expect(homeFolder({ cwd: inner, environment: { SIDESTEP_HOME: '' } })).toBe(join(base, 'a', '.sidestep'))
})

test('it is for this user alone, and out of version control', () => {
  const home = join(base, '.sidestep')
  createHomeFolder(home)
  createHomeFolder(home)
  expect(statSync(home).mode & 0o777).toBe(0o700)
  expect(readFileSync(join(home, '.gitignore'), 'utf8')).toBe('*\n')
})

test('a place that cannot be used is bad input, with the remedy', () => {
  const file = join(base, 'file')
  writeFileSync(file, '')
  expect(() => createHomeFolder(file)).toThrow(
    expect.objectContaining({ kind: 'config', hint: expect.stringContaining('SIDESTEP_HOME') }),
  )
  expect(() => createHomeFolder(join(file, 'below'))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  expect(existsSync(join(base, 'below'))).toBe(false)
})
