import { expect, test } from 'vitest'
import { join } from 'node:path'
import { circleProblems, floorProblems, readImportGraph } from '../src/floors.ts'
import table from '../src/floors.json' with { type: 'json' }
import { repositoryRoot } from '../src/repository.ts'
import { writeTree } from './tree.ts'

const core = readImportGraph(join(repositoryRoot, 'packages/core/src'))

test('core imports only from lower floors', () => {
  expect([...core.keys()]).toContain('errors.ts')
  expect(floorProblems(core, table)).toEqual([])
})

test('core has no circle of imports', () => {
  expect(circleProblems(core)).toEqual([])
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
  expect(floorProblems(readImportGraph(root), table)).toEqual([
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
