import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'

import { sha256 } from '../canonical.ts'
import { fileOfId } from './rewrite-plugins.ts'
import type { GraphModule } from './rolldown-build.ts'

export interface BundledModule {
  /** Of its source. Where several installed versions of a package share a path: of all of them. */
  readonly sha256: string
  /** Stable paths of the bundled modules that it imports, in any way; sorted. */
  readonly imports: readonly string[]
}

/** The bundled files of a graph by stable path. */
export async function moduleGraph(
  graph: ReadonlyMap<string, GraphModule>,
  name: (file: string) => string,
): Promise<ReadonlyMap<string, BundledModule>> {
  const files = [...graph.values()].filter(({ id, code }) => isAbsolute(id) && code !== undefined)
  const hashes = await Promise.all(files.map(async ({ id }) => sha256(await readFile(fileOfId(id)))))
  const merged = new Map<string, { hashes: string[]; imports: Set<string> }>()
  for (const [index, { id, staticImports, dynamicImports }] of files.entries()) {
    const path = name(id)
    const module = merged.get(path) ?? { hashes: [], imports: new Set() }
    module.hashes.push(hashes[index] ?? '')
    for (const imported of [...staticImports, ...dynamicImports]) {
      if (isAbsolute(imported)) module.imports.add(name(imported))
    }
    merged.set(path, module)
  }
  return new Map(
    [...merged].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([path, module]) => [path, summarize(module)]),
  )
}

function summarize({ hashes, imports }: { readonly hashes: string[]; readonly imports: Set<string> }): BundledModule {
  const [only = '', ...others] = hashes.toSorted()
  return { sha256: others.length === 0 ? only : sha256([only, ...others].join('\n')), imports: [...imports].toSorted() }
}
