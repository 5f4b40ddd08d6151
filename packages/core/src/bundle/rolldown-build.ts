import { isAbsolute } from 'node:path'

import type { Plugin, RolldownLog } from 'rolldown'

/** One module as the bundler saw it. */
export interface GraphModule {
  readonly id: string
  /** The source, after our own rewriting; absent for what is not bundled. */
  readonly code: string | undefined
  readonly staticImports: readonly string[]
  readonly dynamicImports: readonly string[]
}

export interface ImportRequest {
  readonly importer: string
  readonly specifier: string
}

export interface BuiltCode {
  readonly code: string
  readonly map: SourceMapParts
}

export interface BuildResult extends BuiltCode {
  readonly graph: ReadonlyMap<string, GraphModule>
  /** Imports that led nowhere and were left as they are. */
  readonly unresolved: readonly RolldownLog[]
  /** What sources outside of node_modules asked for, and what nobody found. */
  readonly imports: readonly ImportRequest[]
}

export interface SourceMapParts {
  /** Relative to the folder given as `cwd`. */
  readonly sources: readonly string[]
  readonly names: readonly string[]
  readonly mappings: string
}

export interface BuildOptions {
  readonly entry: string
  /** Names and the order of modules are made of paths relative to it. */
  readonly cwd: string
  readonly external?: RegExp
  readonly plugins: readonly Plugin[]
}

/** One file from one entry, the same bytes for the same sources. Rejects with what rolldown throws. */
export async function runRolldown({ entry, cwd, external, plugins }: BuildOptions): Promise<BuildResult> {
  const { rolldown } = await import('rolldown')
  const unresolved: RolldownLog[] = []
  const graph = new Map<string, GraphModule>()
  const imports: ImportRequest[] = []
  const build = await rolldown({
    input: entry,
    cwd,
    platform: 'node',
    ...(external === undefined ? {} : { external: [external] }),
    // A native file cannot be bundled; that it is referenced is what matters.
    moduleTypes: { '.node': 'empty' },
    experimental: { attachDebugInfo: 'none' },
    transform: { target: 'node22.18', define: { 'import.meta.main': 'false' } },
    onLog: (_level, log) => {
      if (log.code === 'UNRESOLVED_IMPORT') unresolved.push(log)
    },
    plugins: [importsPlugin(imports), ...plugins, graphPlugin(graph)],
  })
  try {
    const { output } = await build.generate({
      format: 'es',
      dir: cwd,
      codeSplitting: false,
      sourcemap: 'hidden',
      sourcemapExcludeSources: true,
      comments: { legal: true, annotation: false, jsdoc: false },
    })
    const [{ code, map }] = output
    return {
      code,
      map: { sources: map?.sources ?? [], names: map?.names ?? [], mappings: map?.mappings ?? '' },
      graph,
      unresolved,
      imports: [...imports, ...unresolved.map(({ id = '', exporter = '' }) => ({ importer: id, specifier: exporter }))],
    }
  } finally {
    await build.close()
  }
}

/** Where the user's own sources look is not known from what they find: a path may lead over links, or by other names. */
function importsPlugin(imports: ImportRequest[]): Plugin {
  return {
    name: 'sidestep:imports',
    resolveId(specifier, importer) {
      if (importer !== undefined && isAbsolute(importer) && !importer.includes('/node_modules/')) {
        imports.push({ importer, specifier })
      }
    },
  }
}

function graphPlugin(graph: Map<string, GraphModule>): Plugin {
  return {
    name: 'sidestep:graph',
    buildEnd() {
      for (const id of this.getModuleIds()) {
        const info = this.getModuleInfo(id)
        if (info === null) continue
        const { code, importedIds, dynamicallyImportedIds } = info
        graph.set(id, {
          id,
          code: code ?? undefined,
          staticImports: importedIds,
          dynamicImports: dynamicallyImportedIds,
        })
      }
    },
  }
}
