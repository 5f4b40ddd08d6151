import { resolve } from 'node:path'

import type { Plugin } from 'rolldown'

import { configError } from '../errors.ts'
import { refuseDecorators } from './checked-sources.ts'
import { CORE_IN_JOBS, ENTRY_ID, runtimeEntry, type RuntimeModules } from './entry.ts'
import { flavorLoaders, generatedModules, refusal } from './rewrite-plugins.ts'
import { withoutWaitingCycles } from './module-cycles.ts'
import { runRolldown, type BuildResult } from './rolldown-build.ts'
import { runtimeText, type RuntimeText } from './runtime-text.ts'
import { byLines } from './source-map.ts'
import { loadSourceTools } from './source-tools.ts'
import { frontOf, type Front } from './stitch.ts'

export interface RuntimeBuildOptions extends RuntimeModules {
  /** The user's module: specifiers of runtime modules are resolved as if it imported them. */
  readonly module: string
  readonly coreFolder: string
}

/** The runtime half of bundles, and all that bundling it with a module of the user's needs to know of it. */
export interface BuiltRuntime extends Omit<RuntimeText, 'code'> {
  /** Sources of its map are absolute; it tells lines, and no columns or names. */
  readonly front: Front
}

/**
 * Core's job entry and the runtime modules, built apart from the user's module: what they import is theirs, whichever
 * packages and versions the user's steps ask for.
 */
export async function buildRuntime(
  options: RuntimeBuildOptions,
): Promise<BuiltRuntime & Pick<BuildResult, 'graph' | 'imports'>> {
  const { module, coreFolder } = options
  const result = await runRolldown({
    entry: ENTRY_ID,
    cwd: coreFolder,
    plugins: [
      runtimesOf(options, module),
      generatedModules(runtimeEntry(options)),
      coreItself(options.job),
      flavorLoaders(),
    ],
  })
  // Absolute, since the bundle that it goes into stands in another folder.
  const map = { ...result.map, sources: result.map.sources.map((source) => resolve(coreFolder, source)) }
  await refuseDecorators({ code: result.code, map })
  const { graph, imports } = result
  const { code, ...text } = runtimeText(withoutWaitingCycles(result.code), await loadSourceTools())
  return { ...text, front: frontOf({ code, map: byLines(map) }), graph, imports }
}

function coreItself(job: string): Plugin {
  return {
    name: 'sidestep:core',
    resolveId: { filter: { id: CORE_IN_JOBS }, handler: () => job },
  }
}

function runtimesOf({ artifactStore, stepOperators }: RuntimeModules, module: string): Plugin {
  const runtimes = [artifactStore, ...Object.values(stepOperators)]
  return {
    name: 'sidestep:runtimes',
    resolveId: {
      filter: { id: runtimes.map((it) => new RegExp(`^${it.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}$`)) },
      async handler(source, importer) {
        if (importer !== ENTRY_ID) return null
        const resolved = await this.resolve(source, module, { skipSelf: true })
        if (resolved !== null && resolved.external === false) return resolved
        throw refusal(
          configError(
            'MODULE_NOT_FOUND',
            `cannot find ${source}, which the stack's components bring for the job`,
            'Install the package in the project whose module is run.',
          ),
        )
      },
    },
  }
}
