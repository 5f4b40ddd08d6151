import type MagicString from 'magic-string'
import type { parseSync, transformSync, Visitor } from 'rolldown/utils'

/** rolldown's parser and a text editor that keeps source maps. */
export interface SourceTools {
  readonly parseSync: typeof parseSync
  readonly transformSync: typeof transformSync
  readonly Visitor: typeof Visitor
  readonly MagicString: typeof MagicString
}

/** Loads the tools on first use: most projects have nothing that must be rewritten or looked into. */
export async function loadSourceTools(): Promise<SourceTools> {
  const [utils, { default: MagicString }] = await Promise.all([import('rolldown/utils'), import('magic-string')])
  return { parseSync: utils.parseSync, transformSync: utils.transformSync, Visitor: utils.Visitor, MagicString }
}

/** Whether an id names a TypeScript source. */
export function isTypeScript(id: string): boolean {
  return /\.[cm]?tsx?(?:\?|$)/.test(id)
}

/** Line and column, both from 1, of an offset in a text. */
export function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}
