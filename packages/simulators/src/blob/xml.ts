/** What XML 1.0 cannot say, and white space that parsers change. */
// oxlint-disable-next-line no-control-regex
const UNFIT = /[\u0000-\u001f\ufffe\uffff]/
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** What XML 1.0 cannot say at all. */
// oxlint-disable-next-line no-control-regex
const IMPOSSIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

/** Text for an element or an attribute. What XML cannot have is replaced. */
export function escapeXml(text: string): string {
  const possible = text.replaceAll(IMPOSSIBLE, '\ufffd')
  return possible.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
}

/** An element of text; nothing where there is none. */
export function element(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`
}

/** The name of a blob: percent-encoded, and saying so, where XML cannot have it. */
export function nameElement(name: string): string {
  return UNFIT.test(name) ? `<Name Encoded="true">${encodeURIComponent(name)}</Name>` : element('Name', name)
}

/** With the line that begins every answer. */
export function document(content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>${content}`
}

/** User metadata, whose names XML can have. */
export function metadataElement(metadata: Readonly<Record<string, string>>): string {
  const elements = Object.entries(metadata).map(([name, value]) => element(name, value))
  return `<Metadata>${elements.join('')}</Metadata>`
}
