/** One step into a value: a property, a place in a list, or a place in a Map or Set as text. */
export type PathPart = string | number | { readonly text: string }

/** `result.model.layers[3]`, as it would be written in code where that is possible. */
export function formatPath(root: string, parts: readonly PathPart[]): string {
  return root + parts.map(formatPart).join('')
}

function formatPart(part: PathPart): string {
  if (typeof part === 'number') return `[${part}]`
  if (typeof part === 'object') return part.text
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`
}

export function mapValuePart(key: unknown): PathPart {
  return { text: `.get(${formatKey(key)})` }
}

export function mapKeyPart(key: unknown): PathPart {
  return { text: `.<key ${formatKey(key)}>` }
}

export function setItemPart(index: number): PathPart {
  return { text: `.<item ${index}>` }
}

function formatKey(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key)
  if (typeof key === 'bigint') return `${key}n`
  return typeof key === 'object' && key !== null ? '…' : String(key)
}
