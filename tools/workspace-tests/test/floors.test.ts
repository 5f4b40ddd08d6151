import { expect, test } from 'vitest'
import { join } from 'node:path'
import { circleProblems, floorProblems, readImportGraph } from '../src/floors.ts'
import tables from '../src/floors.json' with { type: 'json' }
import { repositoryRoot } from '../src/repository.ts'
import { writeTree } from './tree.ts'

const trees = Object.entries(tables).map(([name, table]) => {
  return { name, table, graph: readImportGraph(join(repositoryRoot, 'packages', name, 'src')) }
})

test.each(trees)('$name imports only from lower floors', ({ graph, table }) => {
  expect([...graph.keys()]).toContain('index.ts')
  expect(floorProblems(graph, table)).toEqual([])
})

test.each(trees)('$name has no circle of imports', ({ graph }) => {
  expect(circleProblems(graph)).toEqual([])
})

test('refuses imports up and sideways, and unknown folders', () => {
  const root = writeTree({
    'index.ts': "export * from './pipeline/step.ts'\nexport * from './job.ts'",
    'job.ts': "export * from './units.ts'",
    'units.ts': "import type { Stack } from './stack/stack.ts'",
    'errors.ts': "import './units.ts'",
    'stack/stack.ts': "import '../errors.ts'\nimport './component.ts'",
    'stack/component.ts': "import '../index.ts'",
    'artifact/store.ts': "const load = () => import('../bundle/bundle.ts')",
    'bundle/bundle.ts': "import '../stack/stack.ts'",
    'pipeline/step.ts': "import '../artifact/store.ts'\nimport '../helpers/helper.ts'",
    'helpers/helper.ts': '',
  })
  expect(floorProblems(readImportGraph(root), tables.core)).toEqual([
    'artifact/store.ts:1: imports bundle/bundle.ts, which is not on a lower floor',
    'helpers: is in no floor of the table',
    'pipeline/step.ts:2: imports helpers/helper.ts, which is not on a lower floor',
    'stack/component.ts:1: imports index.ts, which is not on a lower floor',
    'units.ts:1: imports stack/stack.ts, which is not on a lower floor',
  ])
})

test('refuses circles, those of types too', () => {
  const root = writeTree({
    'a.ts': "import './b.ts'",
    'b.ts': "import type { C } from './c.ts'",
    'c.ts': "const b = () => import('./b.ts')",
  })
  expect(circleProblems(readImportGraph(root))).toEqual(['b.ts > c.ts > b.ts'])
})
