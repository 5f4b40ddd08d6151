import type { UserConfig } from 'tsdown'
import { asciiOnly } from './ascii.ts'
import { lazyFunctions, leanBuiltins } from './builtins.ts'
import { withoutDetours } from './detours.ts'

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
  readonly together?: Together
}

/** Files of the sources by the name of a chunk: with all that they load, before anything is called, they are that chunk. */
export type Together = Readonly<Record<string, readonly string[]>>

/**
 * A package that others import: every entry gets its declarations, and what npm would publish is checked. `bundles` are
 * the devDependencies that its build inlines; any other one that its sources import fails the build. `alias` says which
 * file to take for one of them.
 */
export function library(entry: Entries, { bundles = [], alias = {}, together = {} }: LibraryOptions = {}): UserConfig {
  return {
    ...base,
    entry: { ...entry },
    alias: { ...alias },
    deps: { onlyBundle: [...bundles] },
    // The comments are in the declarations and in the sources.
    outputOptions: { codeSplitting: { groups: groupsOf(together) }, comments: { jsdoc: false } },
    dts: { sourcemap: true },
    attw: { profile: 'esm-only', level: 'error' },
    plugins: [leanBuiltins(), asciiOnly()],
  }
}

/**
 * A package that is only started, and starts fast: third-party code is bundled, `@sidestep/*` comes from where it is
 * installed. The entries themselves must run on any Node.js, so that they can refuse it. `lazy` are packages that are
 * loaded on the first call of the function that they export by default.
 */
export function program(
  entry: Entries,
  { lazy = [], together = {} }: { readonly lazy?: readonly string[]; readonly together?: Together } = {},
): UserConfig {
  const entries = Object.values(entry).map(escaped)
  return {
    ...base,
    entry: { ...entry },
    dts: false,
    minify: true,
    // By their own names, so that a chunk can stand for one that passes them on.
    outputOptions: { codeSplitting: { groups: groupsOf(together) }, minifyInternalExports: false },
    deps: { neverBundle: [/^@sidestep\//] },
    plugins: [
      leanBuiltins({ except: new RegExp(`/(?:${entries.join('|')})$`), lazy: /\/commander\// }),
      lazyFunctions(lazy),
      asciiOnly(),
      withoutDetours(),
    ],
  }
}

/** Each file takes a look at the disk and a turn of Node's loader: a millisecond. */
function groupsOf(together: Together): { readonly name: string; readonly test: RegExp }[] {
  return Object.entries(together).map(([name, files]) => ({
    name,
    test: new RegExp(`/(?:${files.map(escaped).join('|')})$`),
  }))
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
