import { resolve } from 'node:path'

import type { Bundle, BundleOptions } from './bundle.ts'
import { bundleError, codeFrame, problemsOf } from './bundle-errors.ts'
import { refuseDecorators } from './checked-sources.ts'
import { inputPaths } from './input-paths.ts'
import type { BundleSources } from './kept-bundle.ts'
import { runtimeFor } from './kept-runtime.ts'
import { withoutWaitingCycles } from './module-cycles.ts'
import { moduleGraph } from './module-graph.ts'
import { projectFolderOf } from './project.ts'
import { fileOfId } from './rewrite-plugins.ts'
import type { BuildResult, SourceMapParts } from './rolldown-build.ts'
import { sourceMapComment } from './source-map.ts'
import { packageNameOf, sourcePath } from './source-path.ts'
import { loadSourceTools } from './source-tools.ts'
import { importsStatically } from './static-import.ts'
import { stitch } from './stitch.ts'
import { buildUserModule } from './user-build.ts'
import { writeBundle } from './write-bundle.ts'

export interface MadeBundle {
  readonly bundle: Bundle
  /** Everything that would change the bundle; absent where that is not all known. */
  readonly sources: BundleSources | undefined
}

/** Bundles anew. `module` and `jobEntry` are real paths. */
export async function makeBundle(options: BundleOptions & { readonly jobEntry: string }): Promise<MadeBundle> {
  const { module, jobEntry: job, external, signal, stepOperatorRuntimes: stepOperators } = options
  const roots = { projectFolder: projectFolderOf(module), coreFolder: projectFolderOf(job) }
  const name = (id: string): string => sourcePath(fileOfId(id), roots)
  try {
    const runtime = await runtimeFor(options.folder, {
      job,
      artifactStore: options.artifactStoreRuntime,
      stepOperators,
      module,
      ...roots,
    })
    signal?.throwIfAborted()
    const flavors = Object.keys(stepOperators)
    const user = await buildUserModule({
      ...roots,
      module,
      external,
      flavors,
      runtime,
      name,
    })
    const { result, nativePackages } = user
    signal?.throwIfAborted()
    await refuseUnresolved(result, name)
    const named = ({ sources, ...map }: SourceMapParts): SourceMapParts => ({
      ...map,
      sources: sources.map((source) => name(resolve(roots.projectFolder, source))),
    })
    const own = { code: withoutWaitingCycles(result.code), map: named(result.map) }
    await refuseDecorators(own)
    const { front } = runtime
    const whole = stitch({ ...front, map: named(front.map) }, own)
    const code = Buffer.concat([whole.code, Buffer.from(sourceMapComment(whole.map))])
    const { states: known } = runtime
    const [written, modules, inputs] = await Promise.all([
      writeBundle(options.folder, code),
      moduleGraph(result.graph, name),
      known === undefined ? undefined : inputPaths(user),
    ])
    const bundle = {
      ...written,
      size: code.byteLength,
      nativePackages,
      packages: leftPackages(result, [...external, ...Object.keys(nativePackages)]),
      modules,
      roots,
    }
    return { bundle, sources: known === undefined || inputs === undefined ? undefined : { inputs, known } }
  } catch (error) {
    throw problemsOf(error).length > 0 ? bundleError(error, name) : error
  }
}

function leftPackages({ graph }: BuildResult, candidates: readonly string[]): readonly string[] {
  const imported = [...graph.values()].flatMap((module) => [...module.staticImports, ...module.dynamicImports])
  const names = new Set(imported.map(packageNameOf))
  return [...new Set(candidates)].filter((name) => names.has(name)).toSorted()
}

async function refuseUnresolved({ unresolved, graph }: BuildResult, name: (file: string) => string): Promise<void> {
  if (unresolved.length === 0) return
  const tools = await loadSourceTools()
  const problems = unresolved.flatMap(({ code, message, id = '', exporter = '', loc }) => {
    const source = graph.get(id)?.code
    if (source === undefined || !importsStatically(source, id, exporter, tools)) return []
    return [{ code, message, id, exporter, ...(loc === undefined ? {} : { loc, frame: codeFrame(source, loc) }) }]
  })
  if (problems.length > 0) throw bundleError({ errors: problems }, name)
}
