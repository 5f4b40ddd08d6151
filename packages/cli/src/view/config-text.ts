import { sanitizeLine } from './sanitize.ts'

/** A value of a configuration in one line. */
export function valueText(value: unknown): string {
  if (value === undefined) return ''
  return sanitizeLine(typeof value === 'string' && !isAmbiguous(value) ? value : JSON.stringify(value))
}

/** A configuration in one line: `stopGrace: 30s, resources: ignore`. */
export function configText(config: unknown): string {
  if (typeof config !== 'object' || config === null) return valueText(config)
  return Object.entries(config)
    .map(([key, value]) => `${sanitizeLine(key)}: ${valueText(value)}`)
    .join(', ')
}

/** Text that would be read as something else, or not be seen. */
function isAmbiguous(text: string): boolean {
  return (
    text.trim() !== text ||
    text === '' ||
    /^(?:true|false|null|-?\d[\d.eE+-]*|[[{"].*)$/.test(text) ||
    /\p{Cc}/u.test(text)
  )
}
