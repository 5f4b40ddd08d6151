import { describe, expect, test } from 'vitest'
import { importProblems, manifestProblems, versionProblems, type PackageTable } from '../src/package-rules.ts'
import table from '../src/package-table.json' with { type: 'json' }
import { listWorkspaces, readManifest, repositoryRoot, type Manifest, type Workspace } from '../src/repository.ts'
import { writeTree } from './tree.ts'

const workspaces = listWorkspaces(repositoryRoot)

test('the packages of this repository depend only downwards', () => {
  expect(workspaces.map(({ path }) => path)).toContain('packages/core')
  expect(manifestProblems(workspaces, table)).toEqual([])
})

test('the sources of this repository import only downwards', () => {
  expect(importProblems(repositoryRoot, workspaces, table)).toEqual([])
})

test('every version of this repository is in the catalog', () => {
  const manifests = new Map(workspaces.map(({ path, manifest }) => [path, manifest]))
  manifests.set('.', readManifest(repositoryRoot))
  expect(versionProblems(manifests)).toEqual([])
})

describe('what the rules refuse', () => {
  const core = {
    peerDependencies: { '@sidestep/core': 'workspace:^' },
    devDependencies: { '@sidestep/core': 'workspace:*' },
  }
  const problemsOf = (folder: string, manifest: Partial<Manifest>): string[] =>
    manifestProblems([member(folder, manifest)], table)

  test('a package that is not in the table', () => {
    expect(problemsOf('helpers', {})).toEqual(['packages/helpers: is not in the table of packages'])
  })

  test('a dependency upwards or sideways', () => {
    expect(problemsOf('core', { dependencies: { '@sidestep/local': 'workspace:^' } })).toEqual([
      'packages/core: must not depend on @sidestep/local',
    ])
    expect(problemsOf('vertex', { ...core, dependencies: { '@sidestep/sagemaker': 'workspace:^' } })).toEqual([
      'packages/vertex: must not depend on @sidestep/sagemaker',
    ])
    expect(problemsOf('cli', { dependencies: { '@sidestep/sagemaker': 'workspace:^' } })).toEqual([
      'packages/cli: must not depend on @sidestep/sagemaker',
    ])
    expect(problemsOf('core', { devDependencies: { '@sidestep/local': 'workspace:*' } })).toEqual([
      'packages/core: must not depend on @sidestep/local, not in tests either',
    ])
  })

  test('a package for tests at run time', () => {
    const conformance = { '@sidestep/conformance': 'workspace:*' }
    expect(problemsOf('core', { dependencies: conformance })).toEqual([
      'packages/core: must not depend on @sidestep/conformance',
    ])
    expect(problemsOf('core', { devDependencies: conformance })).toEqual([])
  })

  test('a flavor package that brings a core of its own', () => {
    expect(problemsOf('local', core)).toEqual([])
    expect(problemsOf('local', { dependencies: { '@sidestep/core': 'workspace:^' } })).toEqual([
      'packages/local: @sidestep/core must not be in dependencies',
      'packages/local: peerDependencies need @sidestep/core as workspace:^',
      'packages/local: devDependencies need @sidestep/core as workspace:*',
    ])
  })

  test('a package under another name', () => {
    expect(manifestProblems([{ path: 'packages/core', manifest: { name: 'core' } }], table)).toEqual([
      'packages/core: is called core, not @sidestep/core',
    ])
  })

  test('a version outside of the catalog', () => {
    expect(
      versionProblems(new Map([['x', { name: 'x', devDependencies: { zod: '^4.0.0', yaml: 'catalog:' } }]])),
    ).toEqual(['x: zod is ^4.0.0, not catalog:'])
  })

  test('imports that the manifests do not show', () => {
    const small: PackageTable = { ...table, bundles: { cli: ['commander'] } }
    const root = writeTree({
      'packages/local/src/index.ts': [
        "import type { X } from '@sidestep/vertex'",
        "export type { Y } from '@sidestep/core/job'",
        "import { suite } from '@sidestep/conformance'",
        "const load = () => import('left-pad')",
        "import { tests } from '@sidestep/config/vitest'",
        "import './other.ts'",
        "import 'node:fs'",
      ].join('\n'),
      'packages/local/test/local.test.ts': [
        "import { suite } from '@sidestep/conformance'",
        "import { test } from 'vitest'",
        "import { vertex } from '@sidestep/vertex'",
      ].join('\n'),
      'packages/cli/src/bin.ts': "import 'commander'\nimport 'kysely'",
    })
    expect(importProblems(root, [member('local', core), member('cli', {})], small)).toEqual([
      'packages/local/src/index.ts:1: local must not import @sidestep/vertex',
      'packages/local/src/index.ts:1: imports @sidestep/vertex, which is neither in dependencies nor in peerDependencies',
      'packages/local/src/index.ts:3: local must not import @sidestep/conformance',
      'packages/local/src/index.ts:3: imports @sidestep/conformance, which is neither in dependencies nor in peerDependencies',
      'packages/local/src/index.ts:4: imports left-pad, which is neither in dependencies nor in peerDependencies',
      'packages/local/src/index.ts:5: imports @sidestep/config, which is never published',
      'packages/local/src/index.ts:5: imports @sidestep/config, which is neither in dependencies nor in peerDependencies',
      'packages/local/test/local.test.ts:3: local must not import @sidestep/vertex',
      'packages/cli/src/bin.ts:2: imports kysely, which is neither in dependencies nor in peerDependencies',
    ])
  })
})

function member(folder: string, manifest: Partial<Manifest>): Workspace {
  return { path: `packages/${folder}`, manifest: { name: `@sidestep/${folder}`, ...manifest } }
}
