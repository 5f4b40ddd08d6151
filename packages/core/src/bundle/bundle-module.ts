import { realpath, stat } from 'node:fs/promises'
import { resolve } from 'node:path'

import { codeOf, configError } from '../errors.ts'
import { bundleError, codeFrame, problemsOf } from './bundle-errors.ts'
import { findDecorator } from './checked-sources.ts'
import { jobEntryPath } from './job-entry.ts'
import { withoutWaitingCycles } from './module-cycles.ts'
import { moduleGraph, type BundledModule } from './module-graph.ts'
import { projectFolderOf } from './project.ts'
import { fileOfId } from './rewrite-plugins.ts'
import type { BuildResult, SourceMapParts } from './rolldown-build.ts'
import { buildRuntime } from './runtime-build.ts'
import { sourceAt, sourceMapComment } from './source-map.ts'
import { sourcePath, type SourceRoots } from './source-path.ts'
import { loadSourceTools, positionAt, type SourceTools } from './source-tools.ts'
import { importsStatically } from './static-import.ts'
import { buildUserModule } from './user-build.ts'
import { writeBundle } from './write-bundle.ts'

export interface BundleOptions {
  /** Absolute path of the module that defines the pipeline and its steps (.ts, .mts, .js, .mjs). */
  readonly module: string
  /** Names of packages (from `docker.requirements`) that stay imports. */
  readonly external: readonly string[]
  /** The runtime module of the artifact store: a specifier, resolved from `module`, or an absolute path. */
  readonly artifactStoreRuntime: string
  /** The runtime modules of step operators, by flavor. */
  readonly stepOperatorRuntimes: Readonly<Record<string, string>>
  /** Where bundles are kept, as `<sha256>.mjs`. */
  readonly folder: string
  readonly signal?: AbortSignal
  /** Core's job entry, an absolute path; the default is this package's own. */
  readonly jobEntry?: string
}

export interface Bundle {
  readonly path: string
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  /** Packages with native parts, which stayed imports: name to the project's installed version. */
  readonly nativePackages: Readonly<Record<string, string>>
  /** Every bundled module by stable path, for cache keys. */
  readonly modules: ReadonlyMap<string, BundledModule>
  readonly roots: SourceRoots
}

/**
 * Makes the user's module one file that runs as a job: the same bytes from the same sources, in whatever folder. Nothing
 * of the user's code is evaluated here, nor by who evaluates the bundle, before its `load()`. Throws `config` errors
 * that name file, line and column.
 */
export async function bundleModule(options: BundleOptions): Promise<Bundle> {
  const { signal } = options
  signal?.throwIfAborted()
  const tools = await loadSourceTools()
  const module = await existingModule(options.module)
  const job = await realpath(options.jobEntry ?? jobEntryPath())
  const roots = { projectFolder: projectFolderOf(module), coreFolder: projectFolderOf(job) }
  const name = (id: string): string => sourcePath(fileOfId(id), roots)
  try {
    const stepOperators = options.stepOperatorRuntimes
    const runtime = await buildRuntime({
      job,
      artifactStore: options.artifactStoreRuntime,
      stepOperators,
      module,
      tools,
      ...roots,
    })
    signal?.throwIfAborted()
    const { external } = options
    const flavors = Object.keys(stepOperators)
    const { result, nativePackages } = await buildUserModule({
      ...roots,
      module,
      external,
      flavors,
      runtime,
      tools,
      name,
    })
    signal?.throwIfAborted()
    refuseUnresolved(result, tools, name)
    const map = {
      ...result.map,
      sources: result.map.sources.map((source) => name(resolve(roots.projectFolder, source))),
    }
    refuseDecorators(result.code, map, tools)
    const code = `${withoutWaitingCycles(result.code)}${sourceMapComment(map)}`
    const modules = await moduleGraph(result.graph, name)
    return {
      ...(await writeBundle(options.folder, code)),
      size: Buffer.byteLength(code),
      nativePackages,
      modules,
      roots,
    }
  } catch (error) {
    throw problemsOf(error).length > 0 ? bundleError(error, name) : error
  }
}

async function existingModule(module: string): Promise<string> {
  try {
    if ((await stat(module)).isFile()) return await realpath(module)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  throw configError('MODULE_NOT_FOUND', `${module} is not a file`, 'Give the file that defines the pipeline.')
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
