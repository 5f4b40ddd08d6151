import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** A module that users import. */
export interface EntryPoint {
  /** As users write it: `@sidestep/core/project`. */
  readonly specifier: string
  /** Name of the package that it belongs to. */
  readonly package: string
  /** Absolute path of its source. */
  readonly file: string
}

/** Every entry point of a package of the workspace that is TypeScript, in the order of its package.json. */
export function entryPointsOf(packageName: string): EntryPoint[] {
  const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`)
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    readonly exports: Readonly<Record<string, string>>
  }
  return Object.entries(exports)
    .filter(([, target]) => target.endsWith('.ts'))
    .map(([path, target]) => ({
      specifier: packageName + path.slice(1),
      package: packageName,
      file: join(dirname(manifest), target),
    }))
}
