/** Anything that is not a well-formed document of elements and text. */
export class XmlError extends Error {
  override readonly name: string = 'XmlError'
}

/** What an element contains: text, a number, or other elements by name. `undefined` ones are left out. */
export type XmlContent = string | number | boolean | XmlMembers
/** Elements in their order: `['Key', 'a']`. */
export type XmlMembers = readonly (readonly [name: string, content: XmlContent | undefined])[]

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** A document as S3 sends it; `isError`: an error has no namespace. */
export function writeXml(
  root: string,
  content: XmlContent,
  { isError = false }: { readonly isError?: boolean } = {},
): string {
  const namespace = isError ? '' : ` xmlns="${NAMESPACE}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace}>${writeContent(content)}</${root}>`
}

function writeMembers(members: XmlMembers): string {
  return members
    .map(([name, content]) => {
      if (content === undefined) return ''
      if (content === '') return `<${name}/>`
      return `<${name}>${writeContent(content)}</${name}>`
    })
    .join('')
}

function writeContent(content: XmlContent): string {
  return typeof content === 'object' ? writeMembers(content) : escapeXml(String(content))
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Control characters become references, as S3 writes them, though XML 1.0 has no place for them. */
export function escapeXml(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex -- these are what is escaped
    /[&<>"\u0000-\u001f\u007f]/g,
    (character) => ESCAPES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  )
}

/** An element that was read. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string
  /** All text in it, its children's not. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

/** How deep elements may lie in each other. */
const MAX_DEPTH = 16

/** Reads a document: elements, text, character data and comments. Attributes are dropped. Throws an `XmlError`. */
export function readXml(text: string): XmlElement {
  // oxlint-disable-next-line no-control-regex -- what XML does not allow
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)) throw new XmlError('a control character')
  return new Reader(text.replaceAll(/\r\n?/g, '\n').replace(/^\ufeff/, '')).document()
}

/** The text of the first child of this name. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text
}

const OPEN = /<([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)(?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>/y
const CLOSE = /<\/([^\s>]+)\s*>/y
const SKIPPED = /(?:\s+|<!--(?:(?!--)[^])*-->|<\?(?:(?!\?>)[^])*\?>)*/y
const COMMENT = /<!--(?:(?!--)[^])*-->|<\?(?:(?!\?>)[^])*\?>/y
const CDATA = /<!\[CDATA\[((?:(?!\]\]>)[^])*)\]\]>/y
const TEXT = /[^<]+/y

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): XmlElement {
    this.#take(SKIPPED)
    const root = this.#element(0)
    this.#take(SKIPPED)
    if (this.#at < this.#text.length) throw new XmlError(`something after the document, at ${this.#at}`)
    return root
  }

  #element(depth: number): XmlElement {
    if (depth > MAX_DEPTH) throw new XmlError('elements lie too deep')
    const open = this.#take(OPEN)
    const [, qualified = '', isEmpty] = open ?? []
    if (open === undefined) throw new XmlError(`no element at ${this.#at}`)
    const children: XmlElement[] = []
    let text = ''
    while (isEmpty === '') {
      const close = this.#take(CLOSE)
      if (close !== undefined) {
        if (close[1] !== qualified) throw new XmlError(`${qualified} is closed by ${close[1]}`)
        break
      }
      const characters = this.#take(TEXT)
      const data = characters === undefined ? this.#take(CDATA) : undefined
      if (characters !== undefined) text += unescapeXml(characters[0])
      else if (data !== undefined) text += data[1] ?? ''
      else if (this.#take(COMMENT) === undefined) children.push(this.#element(depth + 1))
    }
    return { name: qualified.slice(qualified.indexOf(':') + 1), text, children }
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return undefined
    this.#at = pattern.lastIndex
    return match
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescapeXml(text: string): string {
  if (text.includes(']]>')) throw new XmlError(']]> in text')
  return text.replaceAll(/&([^;&]{0,9}(?:;|$)|)/g, (_reference, body: string) => {
    const name = body.slice(0, -1)
    const known = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined
    if (body.endsWith(';') && known !== undefined) return known
    const [, hexadecimal, decimal] = /^#(?:x([\da-fA-F]+)|(\d+));$/.exec(body) ?? []
    const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16)
    const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    if (!isCharacter) throw new XmlError(`&${body} is no reference`)
    return String.fromCodePoint(code)
  })
}
