import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { Plugin } from 'rolldown'

import { configError, type SidestepError } from '../errors.ts'
import { EXPORTS_BY_NAME, undefinedExport } from './checked-sources.ts'
import { CORE_IN_JOBS, ENTRY_ID, EXTERNAL_HELPER, EXTERNAL_ID, RUNTIME_ID } from './entry.ts'
import { deferExternalImports, UnnamedReexportError } from './external-imports.ts'
import { DEFINES_FLAVOR, withoutFlavorLoaders } from './flavor-loaders.ts'
import { packageNameOf, packageOf } from './source-path.ts'
import { loadSourceTools, positionAt } from './source-tools.ts'

// Every hook has a filter, so that rolldown calls JavaScript for the few modules that need it.

/** The generated entry; with `runtime`, the module that `@sidestep/core` stands for in the user's bundle. */
export function generatedModules(entry: string, runtime?: string): Plugin {
  const sources: Record<string, string | undefined> = {
    [ENTRY_ID]: entry,
    [EXTERNAL_ID]: EXTERNAL_HELPER,
    [RUNTIME_ID]: runtime,
  }
  return {
    name: 'sidestep:generated',
    resolveId: {
      filter: { id: runtime === undefined ? /^.sidestep:entry$/ : [/^.?sidestep:\w+$/, CORE_IN_JOBS] },
      handler: (id) => (CORE_IN_JOBS.test(id) ? RUNTIME_ID : id),
    },
    load: { filter: { id: /^.?sidestep:\w+$/ }, handler: (id) => sources[id] ?? null },
  }
}

/** It holds nothing of anybody's. */
const RUNTIME = new RegExp(`^${RUNTIME_ID}$`)

/** Takes `load` and the schemas out of every flavor. */
export function flavorLoaders(): Plugin {
  return {
    name: 'sidestep:flavor-loaders',
    transform: {
      filter: { id: { exclude: RUNTIME }, code: DEFINES_FLAVOR },
      handler: async (code, id) => rewritten(withoutFlavorLoaders(code, id, await loadSourceTools())),
    },
  }
}

/** Defers static imports of the packages that are not bundled. `names` is a pattern of their names. */
export function deferredExternals(names: string, name: (file: string) => string): Plugin {
  const isExternal = (specifier: string): boolean => new RegExp(`^(?:${names})(?:/|$)`).test(specifier)
  return {
    name: 'sidestep:external-imports',
    transform: {
      filter: { id: { exclude: RUNTIME }, code: new RegExp(`["'](?:${names})(?:["'/])`) },
      handler: async (code, id) => {
        const tools = await loadSourceTools()
        try {
          return rewritten(deferExternalImports(code, { id, isExternal, tools }))
        } catch (error) {
          if (error instanceof UnnamedReexportError) throw refusal(unnamedReexport(error, code, id, name))
          throw error
        }
      },
    },
  }
}

function unnamedReexport(
  { specifier, offset }: UnnamedReexportError,
  code: string,
  id: string,
  name: (file: string) => string,
): SidestepError {
  const { line, column } = positionAt(code, offset)
  const { name: owner } = packageOf(id) ?? {}
  return configError(
    'BUNDLE_FAILED',
    `${name(id)}:${line}:${column}: \`export * from '${specifier}'\`, but ${packageNameOf(specifier)} is not bundled, so its names are not known`,
    owner === undefined
      ? 'Name what is exported: `export { a, b } from …`.'
      : `Name ${owner} in docker.requirements: then it is installed for the job, not bundled.`,
  )
}

/** rolldown writes into the errors that its hooks throw, so ours goes inside of another. */
export function refusal(error: SidestepError): Error {
  return new Error(error.message, { cause: error })
}

/** Finds what rolldown passes over in the project's own sources. */
export function checkedSources(name: (file: string) => string): Plugin {
  return {
    name: 'sidestep:checked-sources',
    transform: {
      filter: { id: { exclude: [/\/node_modules\//, RUNTIME] }, code: EXPORTS_BY_NAME },
      handler: async (code, id) => {
        const problem = undefinedExport(code, id, name(id), await loadSourceTools())
        if (problem !== undefined) throw refusal(problem)
      },
    },
  }
}

const STAND_IN = 'sidestep-index'

/** Whether rolldown would name a module's variables after a folder that has another name on another machine. */
export function isNamedByItsFolder(id: string, projectFolder: string): boolean {
  const folder = dirname(id)
  return /^index\.\w+$/.test(basename(id)) && (folder === projectFolder || projectFolder.startsWith(`${folder}/`))
}

/** The file behind an id that {@link steadyNames} gave out; every other id as it is. */
export function fileOfId(id: string): string {
  return basename(id).startsWith(`${STAND_IN}.`) ? join(dirname(id), basename(id).replace(STAND_IN, 'index')) : id
}

/** Gives the modules that rolldown would name after a folder an id of another name in the same place. */
export function steadyNames(projectFolder: string): Plugin {
  return {
    name: 'sidestep:steady-names',
    async resolveId(source, importer, { kind, isEntry }) {
      const resolved = await this.resolve(source, importer, { kind, isEntry, skipSelf: true })
      if (resolved === null || resolved.external !== false || !isNamedByItsFolder(resolved.id, projectFolder))
        return resolved
      return { ...resolved, id: join(dirname(resolved.id), basename(resolved.id).replace('index', STAND_IN)) }
    },
    load: { filter: { id: /\/sidestep-index\.\w+$/ }, handler: async (id) => readFile(fileOfId(id), 'utf8') },
  }
}

function rewritten(text: ReturnType<typeof deferExternalImports>): { code: string; map: string } | null {
  return text === undefined ? null : { code: text.toString(), map: text.generateMap({ hires: true }).toString() }
}
