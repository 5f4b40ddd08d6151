import { SourceMap } from 'node:module'

import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec'

import type { SourceMapParts } from './rolldown-build.ts'

/** The line at the end of a bundle by which Node finds the user's own files and lines. */
export function sourceMapComment({ sources, names, mappings }: SourceMapParts): string {
  const json = JSON.stringify({ version: 3, sources, names, mappings })
  return `//# sourceMappingURL=data:application/json;charset=utf-8;base64,${Buffer.from(json).toString('base64')}\n`
}

/**
 * A map that tells the source and line of each line of the code, and no more: a fourth of the size. Every job reads the map
 * of its bundle before it runs a step.
 */
export function byLines({ sources, mappings }: SourceMapParts): SourceMapParts {
  const lines = decode(mappings).map((segments): SourceMapSegment[] => {
    const [, source, line] = segments.find((segment) => segment.length > 1) ?? []
    // One that says nothing of its source says so: else it would be taken for a part of the line before.
    if (source === undefined || line === undefined) return segments.length === 0 ? [] : [[0]]
    return [[0, source, line, 0]]
  })
  return { sources, names: [], mappings: encode(lines) }
}

/** The source, line and column (from 1) behind a position (from 1) of the generated code. */
export function sourceAt(
  map: SourceMapParts,
  { line, column }: { readonly line: number; readonly column: number },
): { readonly source: string; readonly line: number; readonly column: number } | undefined {
  const payload = {
    ...map,
    version: 3,
    file: '',
    sourceRoot: '',
    sourcesContent: [],
    sources: [...map.sources],
    names: [...map.names],
  }
  const found = new SourceMap(payload).findEntry(line - 1, column - 1)
  if (!('originalSource' in found) || (found.originalSource as string | undefined) === undefined) return undefined
  return { source: found.originalSource, line: found.originalLine + 1, column: found.originalColumn + 1 }
}
