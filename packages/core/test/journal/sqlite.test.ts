import { expect, onTestFinished, test } from 'vitest'

import { loadSqlite, withoutSqliteWarning } from '../../src/journal/sqlite.ts'

test('only the warning about SQLite is kept back, and only while it loads', async () => {
  const warnings: string[] = []
  const note = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const experimental = 'SQLite is an experimental feature and might change at any time'
  const result = withoutSqliteWarning(() => {
    process.emitWarning(experimental, 'ExperimentalWarning')
    process.emitWarning('something else', 'ExperimentalWarning')
    return 7
  })
  process.emitWarning(`${experimental}, afterwards`, 'ExperimentalWarning')
  await new Promise((resolve) => setImmediate(resolve))
  expect(result).toBe(7)
  expect(warnings).toEqual(['something else', `${experimental}, afterwards`])
})

test('the process has its own way to warn again where loading fails', () => {
  const before = process.emitWarning
  expect(() =>
    withoutSqliteWarning(() => {
      throw new Error('no such module')
    }),
  ).toThrow('no such module')
  expect(process.emitWarning).toBe(before)
  expect(loadSqlite().DatabaseSync).toBeTypeOf('function')
})
