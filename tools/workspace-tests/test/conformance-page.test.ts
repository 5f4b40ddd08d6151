import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { artifactStoreConformance, containerRegistryConformance, stepOperatorConformance } from '@sidestep/conformance'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../src/repository.ts'

const PAGE = 'docs/prove-your-flavor.md'

/** What the suites give to a runner: nothing of it is called. */
function namesOfChecks(): readonly string[] {
  const names: string[] = []
  const given = (name: string): number => names.push(name)
  const create = (): never => expect.fail('nothing is run')
  stepOperatorConformance({ test: given, create })
  artifactStoreConformance({ test: given, create, unreachable: { never: create }, openArtifactStore: create })
  containerRegistryConformance({ test: given, create })
  return names
}

test('the page says for every check which mistake it catches', () => {
  const page = readFileSync(join(repositoryRoot, PAGE), 'utf8')
  const kinds = {
    'step operator': 'a step operator',
    'artifact store': 'an artifact store',
    'container registry': 'a container registry',
  }
  const rows: string[] = []
  for (const [kind, title] of Object.entries(kinds)) {
    const [, section = ''] = page.split(`\n### Of ${title}\n`)
    const cells = section
      .split('\n#')[0]!
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
    for (const [, name, mistake = ''] of cells.slice(2)) {
      expect(mistake, name).toMatch(/\w{3}/)
      rows.push(`${kind}: ${name}`)
    }
  }
  // What is missing here belongs into one of the tables of the page; what is too much was renamed, or is gone.
  expect(rows).toEqual(namesOfChecks())
})
