import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readManifest, repositoryRoot } from '../src/repository.ts'

test('runs under the Node.js that the repository brings', () => {
  expect(readManifest(repositoryRoot).devDependencies?.['node']).toBe('catalog:')
  const workspace = readFileSync(join(repositoryRoot, 'pnpm-workspace.yaml'), 'utf8')
  const { catalog } = parse(workspace) as { readonly catalog: Readonly<Record<string, string>> }
  expect(catalog['node']).toMatch(/^24\.21\.\d+$/)
  expect(process.version).toBe(`v${catalog['node']}`)
})
