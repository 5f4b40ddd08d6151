import { Document, isCollection, isScalar, Scalar, visit, type ToStringOptions } from 'yaml'

export interface RenderOptions {
  /** Spaces that each level is indented by. */
  readonly step?: number
  /** Whether lists of plain values stand on one line where they are short. Default: true. */
  readonly shortLists?: boolean
}

/** So many characters of a list are still read at a glance. */
const SHORT_LIST = 80
/** What editors show as nothing or as something else, so it is written escaped. */
const UNSEEN = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** `key: value` as a block, its first line included, without a last line break. Lines are indented from 0. */
export function renderEntry(key: string, value: unknown, options: RenderOptions = {}): string {
  const { step = 2, shortLists = true } = options
  const document = documentOf(new Map([[key, value]]))
  visit(document, {
    Seq(_, list) {
      const isPlain = list.items.every((item) => isScalar(item) && !isLong(item.value))
      if (shortLists && isPlain && JSON.stringify(list).length <= SHORT_LIST) list.flow = true
    },
  })
  return textOf(document, { indent: step, flowCollectionPadding: false }).replace(/\n$/, '')
}

/** A list's item as a block, `- value`. */
export function renderItem(value: unknown, options: RenderOptions = {}): string {
  return textOf(documentOf([value]), { indent: options.step ?? 2 }).replace(/\n$/, '')
}

/** `key: value` on one line, as it stands within braces. */
export function renderFlowEntry(key: string, value: unknown): string {
  return inBraces(new Map([[key, value]]))
}

/** A value on one line. */
export function renderFlow(value: unknown): string {
  const isList = Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)
  return inBraces([value], isList)
}

/** A key alone. */
export function renderKey(key: string): string {
  return renderFlowEntry(key, 0).replace(/ ?: 0$/, '')
}

/** What is unseen stands in double quotes, where the library escapes what JSON does. */
function textOf(document: Document, options: ToStringOptions): string {
  return document.toString({ lineWidth: 0, singleQuote: true, ...options }).replaceAll(UNSEEN, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`
  })
}

function inBraces(value: unknown, isList = false): string {
  const document = documentOf(value)
  visit(document, {
    Collection(_, collection) {
      collection.flow = true
    },
    Scalar(_, scalar) {
      if (isLong(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE
    },
  })
  return textOf(document, { flowCollectionPadding: !isList, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER })
    .trim()
    .slice(1, -1)
    .trim()
}

/** What other readers take for something else, such as `no` or `0777`, is quoted too. */
function documentOf(value: unknown): Document {
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false })
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value !== 'string') return
      // As a block that keeps its last line breaks, it would have those that follow it in the file too; one that begins with space is read otherwise.
      const isOpenEnded = isLong(scalar.value) && /^\s|\n[ \t]*\n$/.test(scalar.value)
      if (isOpenEnded || scalar.value.search(UNSEEN) !== -1) scalar.type = Scalar.QUOTE_DOUBLE
    },
    Collection(_, collection) {
      if (isCollection(collection) && collection.items.length === 0) collection.flow = true
    },
  })
  return document
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\n')
}
