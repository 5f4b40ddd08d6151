import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Workspace } from './repository.ts'

/** What is missing for a package of the workspace to be one that npm can have. */
export function publishedPackageProblems(root: string, { path, manifest }: Workspace): string[] {
  const problems: string[] = []
  const expect = (fine: boolean, complaint: string): void => {
    if (!fine) problems.push(`${path}: ${complaint}`)
  }
  expect(manifest.private !== true, 'is private')
  expect(/^\d+\.\d+\.\d+/.test(manifest.version ?? ''), 'has no version')
  expect(manifest.license === 'Apache-2.0', 'license must be Apache-2.0')
  expect(manifest.type === 'module', 'type must be module')
  expect(manifest.sideEffects === false, 'sideEffects must be false')
  expect(manifest.files?.toSorted().join() === 'dist,src', 'files must be dist and src')
  expect(manifest.engines?.['node'] === '>=22.18', 'engines.node must be >=22.18')
  expect(manifest.publishConfig?.access === 'public', 'publishConfig.access must be public')

  for (const [name, target] of Object.entries({ ...manifest.exports, ...prefixed(manifest.bin) })) {
    expect(typeof target === 'string' && existsSync(join(root, path, target)), `${name} is missing: ${String(target)}`)
  }
  const expected = { ...mapValues(manifest.exports, publishedExport), ...prefixed(mapValues(manifest.bin, toDist)) }
  const actual = { ...manifest.publishConfig?.exports, ...prefixed(manifest.publishConfig?.bin) }
  for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    expect(
      JSON.stringify(expected[name]) === JSON.stringify(actual[name]),
      `publishConfig of ${name} must be ${JSON.stringify(expected[name])}`,
    )
  }
  return problems
}

/** `./src/index.ts` is the source of `./dist/index.d.ts` and `./dist/index.js`; anything else is published as it is. */
function publishedExport(target: unknown): unknown {
  if (typeof target !== 'string' || !target.startsWith('./src/')) return target
  return { types: toDist(target).replace(/\.js$/, '.d.ts'), default: toDist(target) }
}

function toDist(target: string): string {
  return target.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js')
}

function prefixed(bin: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(bin ?? {}).map(([name, target]) => [`bin ${name}`, target]))
}

function mapValues<T, U>(record: Readonly<Record<string, T>> | undefined, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record ?? {}).map(([name, value]) => [name, map(value)]))
}
