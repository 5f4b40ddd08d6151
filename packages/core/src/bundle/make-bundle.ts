import { resolve } from 'node:path'

import { configError } from '../errors.ts'
import type { Bundle, BundleOptions } from './bundle.ts'
import { bundleError, codeFrame, problemsOf } from './bundle-errors.ts'
import { findDecorator } from './checked-sources.ts'
import { inputPaths } from './input-paths.ts'
import { withoutWaitingCycles } from './module-cycles.ts'
import { moduleGraph } from './module-graph.ts'
import { projectFolderOf } from './project.ts'
import { fileOfId } from './rewrite-plugins.ts'
import type { BuildResult, SourceMapParts } from './rolldown-build.ts'
import { buildRuntime } from './runtime-build.ts'
import { sourceAt, sourceMapComment } from './source-map.ts'
import { packageNameOf, sourcePath } from './source-path.ts'
import { loadSourceTools, positionAt, type SourceTools } from './source-tools.ts'
import { importsStatically } from './static-import.ts'
import { buildUserModule } from './user-build.ts'
import { writeBundle } from './write-bundle.ts'

export interface MadeBundle {
  readonly bundle: Bundle
  /** Every path that would change the bundle; absent where they are not all known. */
  readonly inputs: ReadonlySet<string> | undefined
}

/** Bundles anew. `module` and `jobEntry` are real paths. */
export async function makeBundle(options: BundleOptions & { readonly jobEntry: string }): Promise<MadeBundle> {
  const { module, jobEntry: job, external, signal, stepOperatorRuntimes: stepOperators } = options
  const tools = await loadSourceTools()
  const roots = { projectFolder: projectFolderOf(module), coreFolder: projectFolderOf(job) }
  const name = (id: string): string => sourcePath(fileOfId(id), roots)
  try {
    const runtime = await buildRuntime({
      job,
      artifactStore: options.artifactStoreRuntime,
      stepOperators,
      module,
      tools,
      ...roots,
    })
    signal?.throwIfAborted()
    const flavors = Object.keys(stepOperators)
    const user = await buildUserModule({ ...roots, module, external, flavors, runtime, tools, name })
    const { result, nativePackages } = user
    signal?.throwIfAborted()
    refuseUnresolved(result, tools, name)
    const map = {
      ...result.map,
      sources: result.map.sources.map((source) => name(resolve(roots.projectFolder, source))),
    }
    refuseDecorators(result.code, map, tools)
    const code = `${withoutWaitingCycles(result.code)}${sourceMapComment(map)}`
    const modules = await moduleGraph(result.graph, name)
    const bundle = {
      ...(await writeBundle(options.folder, code)),
      size: Buffer.byteLength(code),
      nativePackages,
      packages: leftPackages(result, [...external, ...Object.keys(nativePackages)]),
      modules,
      roots,
    }
    const files = [...runtime.graph.keys(), ...user.files]
    const imports = [...runtime.imports, ...user.imports]
    return { bundle, inputs: inputPaths({ files, imports }, tools) }
  } catch (error) {
    throw problemsOf(error).length > 0 ? bundleError(error, name) : error
  }
}

function leftPackages({ graph }: BuildResult, candidates: readonly string[]): readonly string[] {
  const imported = [...graph.values()].flatMap((module) => [...module.staticImports, ...module.dynamicImports])
  const names = new Set(imported.map(packageNameOf))
  return [...new Set(candidates)].filter((name) => names.has(name)).toSorted()
}

function refuseUnresolved(
  { unresolved, graph }: BuildResult,
  tools: SourceTools,
  name: (file: string) => string,
): void {
  const problems = unresolved.flatMap(({ code, message, id = '', exporter = '', loc }) => {
    const source = graph.get(id)?.code
    if (source === undefined || !importsStatically(source, id, exporter, tools)) return []
    return [{ code, message, id, exporter, ...(loc === undefined ? {} : { loc, frame: codeFrame(source, loc) }) }]
  })
  if (problems.length > 0) throw bundleError({ errors: problems }, name)
}

function refuseDecorators(code: string, map: SourceMapParts, tools: SourceTools): void {
  const offset = findDecorator(code, tools)
  if (offset === undefined) return
  const { source, line, column } = sourceAt(map, positionAt(code, offset)) ?? {
    source: 'the bundle',
    line: 0,
    column: 0,
  }
  throw configError(
    'BUNDLE_FAILED',
    `${source}:${line}:${column}: a decorator, which Node cannot run`,
    "Set `experimentalDecorators` in tsconfig.json if the code is written for TypeScript's own decorators, or do without.",
  )
}
