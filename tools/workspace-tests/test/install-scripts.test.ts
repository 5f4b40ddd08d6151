import { expect, test } from 'vitest'
import { join } from 'node:path'
import { installScriptProblems } from '../src/install-scripts.ts'
import { published } from '../src/package-rules.ts'
import { listWorkspaces, repositoryRoot } from '../src/repository.ts'
import { writeTree } from './tree.ts'

test.each(published(listWorkspaces(repositoryRoot)))('$path installs without running anything', ({ path }) => {
  expect(installScriptProblems(join(repositoryRoot, path))).toEqual([])
})

test('refuses scripts and native builds, however deep', () => {
  const root = writeTree({
    'package.json': {
      name: 'mine',
      scripts: { postinstall: 'x' },
      dependencies: { fine: '1', protobufjs: '1', gone: '1' },
    },
    'node_modules/fine/package.json': {
      name: 'fine',
      dependencies: { deep: '1' },
      optionalDependencies: { absent: '1' },
      scripts: { test: 'x' },
    },
    'node_modules/fine/node_modules/deep/package.json': { name: 'deep', scripts: { preinstall: 'x' } },
    'node_modules/protobufjs/package.json': {
      name: 'protobufjs',
      scripts: { postinstall: 'x' },
      peerDependencies: { native: '1' },
    },
    'node_modules/native/package.json': { name: 'native' },
    'node_modules/native/binding.gyp': '{}',
  })
  expect(installScriptProblems(root)).toEqual([
    'fine > deep: has a script "preinstall"',
    'protobufjs > native: has a binding.gyp',
    'gone: is not installed',
  ])
})
