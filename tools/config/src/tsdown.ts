import type { UserConfig } from 'tsdown'
import { lazyFunctions, leanBuiltins } from './builtins.ts'

/** Entry names and their source files, relative to the package: `{ index: 'src/index.ts' }`. */
export type Entries = Readonly<Record<string, string>>

const base: UserConfig = {
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  fixedExtension: false,
  sourcemap: true,
  logLevel: 'warn',
  publint: { strict: true },
}

export interface LibraryOptions {
  readonly bundles?: readonly string[]
  readonly alias?: Readonly<Record<string, string>>
}

/**
 * A package that others import: every entry gets its declarations, and what npm would publish is checked. `bundles` are
 * the devDependencies that its build inlines; any other one that its sources import fails the build. `alias` says which
 * file to take for one of them.
 */
export function library(entry: Entries, { bundles = [], alias = {} }: LibraryOptions = {}): UserConfig {
  return {
    ...base,
    entry: { ...entry },
    alias: { ...alias },
    deps: { onlyBundle: [...bundles] },
    dts: { sourcemap: true },
    attw: { profile: 'esm-only', level: 'error' },
  }
}

/**
 * A package that is only started, and starts fast: third-party code is bundled, `@sidestep/*` comes from where it is
 * installed. The entries themselves must run on any Node.js, so that they can refuse it. `lazy` are packages that are
 * loaded on the first call of the function that they export by default.
 */
export function program(entry: Entries, { lazy = [] }: { readonly lazy?: readonly string[] } = {}): UserConfig {
  const entries = Object.values(entry).map((file) => file.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return {
    ...base,
    entry: { ...entry },
    dts: false,
    minify: true,
    // What every command loads is one file: each other one takes a look at the disk.
    outputOptions: {
      codeSplitting: {
        groups: [
          {
            name: 'start',
            test: /\/commander\/|builtin:node:(?:events|path|fs|process|util)$|\/src\/(?:program|version|exit-codes|commands\/(?:families|options))\.ts$/,
          },
        ],
      },
    },
    deps: { neverBundle: [/^@sidestep\//] },
    plugins: [
      leanBuiltins({ except: new RegExp(`/(?:${entries.join('|')})$`), lazy: /\/commander\// }),
      lazyFunctions(lazy),
    ],
  }
}
