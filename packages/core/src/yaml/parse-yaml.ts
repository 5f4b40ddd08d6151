import { Composer, Lexer, LineCounter, Parser, type CST, type Document, type ErrorCode } from 'yaml'

import { withAllFloats } from './all-floats.ts'
import type { Mistake } from './mistakes.ts'
import { DEEPEST, yamlTree, type YamlTree } from './yaml-tree.ts'

/** What a text says as YAML. Where there are mistakes, `tree` is not to be used. */
export interface ParsedYaml {
  readonly tree: YamlTree
  readonly mistakes: readonly Mistake[]
  /** `12:5`, counted from 1. */
  position(offset: number): string
}

/** Marks, words and spaces: beyond it a parser is busy for seconds. */
const MOST_PIECES = 100_000
/** A list in a map is two to the parser, and its key one more. */
const STACK_PER_LEVEL = 3

const NOTHING: YamlTree = { kind: 'scalar', value: null, offset: 0, size: 1, depth: 0 }

/** Reads YAML 1.2, less what a configuration has no use for. Throws nothing. */
export function parseYaml(text: string): ParsedYaml {
  // The parser would count lines as far as it comes, and it does not come to the end of a wrong file.
  const lines = new LineCounter()
  for (let start = 0; start !== -1; start = lineAfter(text, start)) lines.addNewLine(start)
  const mistakes: Mistake[] = []
  const position = (offset: number): string => {
    const { line, col } = lines.linePos(Math.min(offset, text.length))
    return `${line}:${col}`
  }
  const tree = documentIn(text, mistakes)
  return { tree, mistakes, position }
}

function lineAfter(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end === -1 ? -1 : end + 1
}

function documentIn(text: string, mistakes: Mistake[]): YamlTree {
  const control = CONTROL.exec(text)
  if (control !== null) {
    const number = (control[0].codePointAt(0) ?? 0).toString(16).padStart(4, '0').toUpperCase()
    mistakes.push({ offset: control.index, message: `the control character U+${number}`, hint: 'Remove it.' })
    return NOTHING
  }
  if (text.includes('\r') && !text.includes('\n')) {
    const hint = 'Save the file with the ends of lines of Unix (LF) or of Windows (CRLF).'
    mistakes.push({ message: 'each line ends with a carriage return alone', hint })
    return NOTHING
  }
  const read = tokensOf(text, mistakes)
  if (read === undefined) return NOTHING
  const { tokens, quote } = read
  const composer = new Composer({
    version: '1.2',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    customTags: withAllFloats,
  })
  const [document, another] = [...composer.compose(tokens, true, text.length)]
  if (document === undefined) return NOTHING
  if (another !== undefined) {
    const hint = 'Keep one, without lines of "---" or "...".'
    mistakes.push({ offset: another.range[0], message: 'a second YAML document begins', hint })
  }
  mistakes.push(...syntaxMistakes(document, { text, quote }))
  return mistakes.length > 0 ? NOTHING : yamlTree(document, mistakes)
}

/** C0 less tab and ends of lines, DEL, and C1 less the end of line there. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]/

interface TextTokens {
  readonly tokens: readonly CST.Token[]
  /** Where the last text in quotes begins. */
  readonly quote: number
}

/** `undefined` where reading on would take too long, or too many calls within calls. */
function tokensOf(text: string, mistakes: Mistake[]): TextTokens | undefined {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  let pieces = 0
  let quote = 0
  for (const piece of new Lexer().lex(text)) {
    if (piece.startsWith('"') || piece.startsWith("'")) quote = parser.offset
    tokens.push(...parser.next(piece))
    pieces += 1
    if (parser.stack.length > DEEPEST * STACK_PER_LEVEL) {
      const message = `the file is nested deeper than ${DEEPEST} levels`
      mistakes.push({ offset: parser.offset, message, hint: 'Write less of it.' })
      return undefined
    }
    if (pieces > MOST_PIECES) {
      const message = `the file holds more than ${MOST_PIECES} words and marks`
      mistakes.push({ offset: parser.offset, message, hint: 'Write less of it.' })
      return undefined
    }
  }
  tokens.push(...parser.end())
  return { tokens, quote }
}

/** The first: what comes after it is often but its consequence. */
function syntaxMistakes(
  document: Document.Parsed,
  { text, quote }: { readonly text: string; readonly quote: number },
): Mistake[] {
  const { explicit, version } = document.directives.yaml
  if (explicit === true && version !== '1.2') {
    return [
      { offset: 0, message: `the file is YAML ${version}`, hint: 'Remove the line %YAML: it is read as YAML 1.2.' },
    ]
  }
  const [wrong] = [...document.errors, ...document.warnings]
  if (wrong === undefined) return []
  // It is noticed at the end of the file.
  const offset = /^Missing closing .quote/.test(wrong.message) ? quote : wrong.pos[0]
  const line = lineOf(text, offset)
  if (/^ *\t/.test(line)) return [saying(TAB, offset)]
  const words = wrong.message.startsWith('Implicit') ? KEY : (WORDS[wrong.code] ?? OTHERWISE)
  return [line.includes('${') ? { ...saying(words, offset), hint: VARIABLE } : saying(words, offset)]
}

function saying([message, hint]: Words, offset: number): Mistake {
  return { offset, message, hint }
}

function lineOf(text: string, offset: number): string {
  const end = text.indexOf('\n', offset)
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, end === -1 ? undefined : end)
}

type Words = readonly [message: string, hint: string]

const TAB: Words = ['a tab indents the line', 'Indent with spaces.']
const INDENT: Words = [
  'the indentation fits nothing above, or a bracket is not closed',
  'Compare it with the lines around.',
]
const QUOTES: Words = ['text cannot begin with this character', 'Put the text in quotes.']
const KEY: Words = ['"key: value" was expected', 'Give each key a line; put text that holds ": " in quotes.']
const VARIABLE = 'Put "${env:NAME}" in quotes: braces have a meaning of their own in YAML.'
const OTHERWISE: Words = ['this is no YAML', 'Look for a bracket, a quote or a comma too many or too few.']

/** In words of our own: those of the parser may quote what is a secret. */
const WORDS: Partial<Record<ErrorCode, Words>> = {
  TAB_AS_INDENT: TAB,
  BAD_INDENT: INDENT,
  BAD_SCALAR_START: QUOTES,
  BLOCK_AS_IMPLICIT_KEY: KEY,
  BLOCK_IN_FLOW: ['a block begins within brackets', 'Close the bracket, or use brackets within it too.'],
  MULTILINE_IMPLICIT_KEY: KEY,
  KEY_OVER_1024_CHARS: ['a key has more than 1024 characters', 'Shorten it.'],
  MISSING_CHAR: ['a quote is not closed, or a comma, colon or space is missing', 'Add it.'],
  BAD_DQ_ESCAPE: ['a backslash in double quotes begins no escape that YAML has', 'Use single quotes.'],
  BAD_DIRECTIVE: ['the line with % is no directive that YAML has', 'Remove it.'],
  BAD_ALIAS: ['an alias or anchor has no good name', 'Put text that begins with * or & in quotes.'],
  MULTIPLE_ANCHORS: ['it has two anchors', 'Keep one.'],
  MULTIPLE_TAGS: ['it has two tags', 'Remove them.'],
  TAG_RESOLVE_FAILED: ['it has a tag that has no meaning here', 'Put text that begins with ! in quotes; remove tags.'],
}
