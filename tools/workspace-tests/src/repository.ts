import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'

/** The folder of the repository that these tests are in. */
export const repositoryRoot: string = resolve(import.meta.dirname, '../../..')

/** What the checks read of a package.json. */
export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: unknown
  readonly files?: readonly string[]
  readonly engines?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly publishConfig?: {
    readonly access?: string
    readonly bin?: Readonly<Record<string, string>>
    readonly exports?: Readonly<Record<string, unknown>>
  }
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** One member of the workspace; `path` is relative to the root, with slashes: `packages/core`. */
export interface Workspace {
  readonly path: string
  readonly manifest: Manifest
}

/** Reads a package.json. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** The members that pnpm-workspace.yaml names. */
export function listWorkspaces(root: string): Workspace[] {
  const { packages } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')) as { packages: string[] }
  return globSync(packages, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => existsSync(join(root, path, 'package.json')))
    .toSorted()
    .map((path) => ({ path, manifest: readManifest(join(root, path)) }))
}

/** Files that git tracks or would add, relative to `root`, without the ones that were deleted. */
export function listFiles(root: string): string[] {
  const output = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return [...new Set(output.split('\0'))].filter((path) => path !== '' && existsSync(join(root, path))).toSorted()
}

/** TypeScript sources below a folder, relative to it. */
export function listSources(folder: string): string[] {
  return globSync('**/*.ts', { cwd: folder, exclude: (path) => path === 'node_modules' || path === 'dist' })
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted()
}
