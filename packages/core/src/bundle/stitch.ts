import type { BuiltCode, SourceMapParts } from './rolldown-build.ts'
import { decode, encode } from '@jridgewell/sourcemap-codec'

/** What is known of code that stands in front of other code, so that it need not be read again. */
export interface Front extends BuiltCode {
  /** Where its map ends: index of the source, line and column (from 0) in it, and index of the name. */
  readonly mapEnd: MapEnd
}

export type MapEnd = readonly [source: number, line: number, column: number, name: number]

/** One file of both. Positions of the back are found by its own part of the map. */
export function stitch(front: Front, back: BuiltCode): BuiltCode {
  // The back begins on a line of its own, which has nothing but what tells a reader of the map where it stands.
  const code = `${withNewline(front.code)}\n${back.code}`
  return { code, map: back.map.sources.length === 0 ? front.map : joined(front, back.map) }
}

function joined({ code, map, mapEnd }: Front, back: SourceMapParts): SourceMapParts {
  const [source, line, column, name] = mapEnd
  const lines = withNewline(code).split('\n').length - 1
  const mapped = map.mappings.split(';').length - 1
  const sources = map.sources.length - source
  // Numbers of a map are relative to the ones before: this brings them to where the back's own begin.
  const turn = encode([
    [back.names.length === 0 ? [0, sources, -line, -column] : [0, sources, -line, -column, map.names.length - name]],
  ])
  return {
    sources: [...map.sources, ...back.sources],
    names: [...map.names, ...back.names],
    mappings: `${map.mappings}${';'.repeat(lines - mapped)}${turn};${back.mappings}`,
  }
}

/** Where a map ends. Reading it takes a while. */
export function mapEndOf({ mappings }: SourceMapParts): MapEnd {
  let end: MapEnd = [0, 0, 0, 0]
  for (const line of decode(mappings)) {
    for (const [, source = end[0], sourceLine = end[1], column = end[2], name = end[3]] of line) {
      end = [source, sourceLine, column, name]
    }
  }
  return end
}

function withNewline(code: string): string {
  return code.endsWith('\n') ? code : `${code}\n`
}
