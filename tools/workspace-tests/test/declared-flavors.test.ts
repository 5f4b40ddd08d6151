import { expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { published } from '../src/package-rules.ts'
import { listWorkspaces, repositoryRoot } from '../src/repository.ts'

interface Declared {
  readonly integration: string
  readonly name?: string
  readonly flavors?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

interface Integration {
  readonly name: string
  readonly flavors: readonly { readonly type: string; readonly flavor: string; readonly summary?: string }[]
}

const integrations = published(listWorkspaces(repositoryRoot)).flatMap(({ path }) => {
  const file = join(repositoryRoot, path, 'package.json')
  const { sidestep, name } = JSON.parse(readFileSync(file, 'utf8')) as { sidestep?: Declared; name: string }
  return sidestep === undefined ? [] : [{ path, file, sidestep, name }]
})

test('there are integrations', () => {
  expect(integrations.map(({ name }) => name)).toContain('@sidestep/local')
})

test.each(integrations)(
  '$path declares in its manifest what its descriptor brings',
  async ({ file, sidestep, name }) => {
    const entry = createRequire(file).resolve(join(name, sidestep.integration))
    const { default: descriptor } = (await import(pathToFileURL(entry).href)) as { readonly default: Integration }
    const flavors: Record<string, Record<string, string>> = {}
    for (const { type, flavor, summary = '' } of descriptor.flavors) (flavors[type] ??= {})[flavor] = summary
    expect({ name: sidestep.name, flavors: sidestep.flavors }).toEqual({ name: descriptor.name, flavors })
  },
)
