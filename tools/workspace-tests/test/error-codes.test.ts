import { expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../src/repository.ts'

const page = readFileSync(join(repositoryRoot, 'docs/errors.md'), 'utf8')
const source = readFileSync(join(repositoryRoot, 'packages/core/src/errors.ts'), 'utf8')

/** A union of string literals leaves nothing at run time, so its members are read from the source. */
function membersOf(type: string): string[] {
  const [, body = ''] = new RegExp(`export type ${type} =([^\\n]*(?:\\n +\\|.*)*)`).exec(source) ?? []
  return [...body.matchAll(/'([^']+)'/g)].map(([, member = '']) => member)
}

/** What stands in the first column of a section's table. */
function rowsOf(heading: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name = '']) => name)
}

test('docs/errors.md has one line on every error code', () => {
  expect(membersOf('ErrorCode')).toContain('CONFIG_INVALID')
  expect(rowsOf('Codes').toSorted()).toEqual(membersOf('ErrorCode').toSorted())
})

test('docs/errors.md has one line on every kind of failure', () => {
  expect(membersOf('FailureKind')).toContain('infra')
  expect(rowsOf('Kinds').toSorted()).toEqual(membersOf('FailureKind').toSorted())
})
