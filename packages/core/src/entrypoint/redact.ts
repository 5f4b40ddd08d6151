/** Shorter values are left alone: hiding every `1` would make a log unreadable and protect nothing. */
const SHORTEST_SECRET = 6

/** Gives a function that puts `***` in the place of every secret value (and of every line of a longer one). */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .filter((part) => part.trim().length >= SHORTEST_SECRET)
    .toSorted((a, b) => b.length - a.length)
  if (hidden.length === 0) return (text) => text
  return (text) => hidden.reduce((result, secret) => result.replaceAll(secret, '***'), text)
}
