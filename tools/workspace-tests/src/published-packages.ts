import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest, Workspace } from './repository.ts'

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
  const expected = { ...publishedExports(manifest.exports), ...prefixed(publishedBin(manifest.bin)) }
  const actual = { ...manifest.publishConfig?.exports, ...prefixed(manifest.publishConfig?.bin) }
  for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    expect(
      JSON.stringify(expected[name]) === JSON.stringify(actual[name]),
      `publishConfig of ${name} must be ${JSON.stringify(expected[name])}`,
    )
  }
  return problems
}

/** The build names an entry for the path that users import: `./job` becomes `./dist/job.js`, `.` becomes `./dist/index.js`. */
function publishedExports(exports: Manifest['exports']): Record<string, unknown> {
  const published = Object.entries(exports ?? {}).map(([name, target]) => {
    if (typeof target !== 'string' || !target.startsWith('./src/')) return [name, target]
    const built = `./dist/${name === '.' ? 'index' : name.slice('./'.length)}`
    return [name, { types: `${built}.d.ts`, default: `${built}.js` }]
  })
  return Object.fromEntries(published) as Record<string, unknown>
}

function publishedBin(bin: Manifest['bin']): Record<string, string> {
  const built = (target: string): string => target.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js')
  return Object.fromEntries(Object.entries(bin ?? {}).map(([name, target]) => [name, built(target)]))
}

function prefixed(bin: Manifest['bin']): Record<string, string> {
  return Object.fromEntries(Object.entries(bin ?? {}).map(([name, target]) => [`bin ${name}`, target]))
}
