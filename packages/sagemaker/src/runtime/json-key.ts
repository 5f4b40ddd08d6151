import { missingSecret } from './secret-error.ts'

/** The value of a key of a JSON object, as text. No error holds anything of the text: not even one of the parser, which shows it. */
export function keyOfJson(text: string, key: string, place: string): string {
  const value = objectOf(text, place)
  if (!Object.hasOwn(value, key)) {
    throw missingSecret(place, `the secret has no key ${key}`, `It has: ${Object.keys(value).join(', ') || 'none'}.`)
  }
  const found = (value as Readonly<Record<string, unknown>>)[key]
  if (typeof found === 'string') return found
  if (typeof found === 'number' || typeof found === 'boolean') return String(found)
  throw missingSecret(place, `the key ${key} of the secret is no text, number or boolean`, 'Give it a plain value.')
}

function objectOf(text: string, place: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw missingSecret(place, 'the secret is no JSON object', 'Leave the # and what follows out, to get all of it.')
}
