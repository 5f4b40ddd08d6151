import type { BuiltCode, SourceMapParts } from './rolldown-build.ts'
import { decode, encode } from '@jridgewell/sourcemap-codec'

/** Code that stands in front of other code, and what is known of it, so that it need not be read again. */
export interface Front {
  /** UTF-8; ends with a newline. */
  readonly code: Buffer
  /** How many lines the code has. */
  readonly lines: number
  readonly map: SourceMapParts
  /** Of how many lines the map tells. */
  readonly mappedLines: number
  readonly mapEnd: MapEnd
}

/** Where a map ends: index of the source, line and column (from 0) in it, and index of the name. */
export type MapEnd = readonly [source: number, line: number, column: number, name: number]

/** One file of both, in UTF-8. */
export interface StitchedCode {
  readonly code: Buffer
  readonly map: SourceMapParts
}

/** What {@link stitch} needs to know of code. */
export function frontOf({ code, map }: BuiltCode): Front {
  const text = code.endsWith('\n') ? code : `${code}\n`
  const mappings = decode(map.mappings)
  return {
    code: Buffer.from(text),
    lines: text.split('\n').length - 1,
    map,
    mappedLines: mappings.length,
    mapEnd: mappings.flat().reduce<MapEnd>(moved, [0, 0, 0, 0]),
  }
}

/** Puts code behind other code. Positions of the back are found by its own part of the map. */
export function stitch(front: Front, back: BuiltCode): StitchedCode {
  // The back begins on a line of its own, which has nothing but what tells a reader of the map where it stands.
  const code = Buffer.concat([front.code, Buffer.from(`\n${back.code}`)])
  return { code, map: back.map.sources.length === 0 ? front.map : joined(front, back.map) }
}

function joined({ map, lines, mappedLines, mapEnd }: Front, back: SourceMapParts): SourceMapParts {
  const [source, line, column, name] = mapEnd
  const sources = map.sources.length - source
  // Numbers of a map are relative to the ones before: this brings them to where the back's own begin.
  const turn = encode([
    [back.names.length === 0 ? [0, sources, -line, -column] : [0, sources, -line, -column, map.names.length - name]],
  ])
  return {
    sources: [...map.sources, ...back.sources],
    names: [...map.names, ...back.names],
    mappings: `${map.mappings}${';'.repeat(lines + 1 - mappedLines)}${turn};${back.mappings}`,
  }
}

function moved(
  end: MapEnd,
  [, source = end[0], line = end[1], column = end[2], name = end[3]]: readonly number[],
): MapEnd {
  return [source, line, column, name]
}
