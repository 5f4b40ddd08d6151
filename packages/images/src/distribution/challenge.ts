/** One of the ways that a `WWW-Authenticate` offers. */
export interface Challenge {
  /** Lowercase: `bearer`, `basic`. */
  readonly scheme: string
  /** By lowercase names: `realm`, `service`, `scope`, `error`. */
  readonly parameters: ReadonlyMap<string, string>
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const PARAMETER = /\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*/y

/**
 * Reads a `WWW-Authenticate` (RFC 9110 §11.6.1): a list of schemes, each with a list of parameters, both with commas
 * between them. What it cannot read ends the list: what came before stays.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  for (let at = 0; at < header.length;) {
    at = skip(header, at)
    const parameter = match(PARAMETER, header, at)
    const current = challenges.at(-1)
    if (parameter !== undefined && current !== undefined) {
      const [all, name = '', quoted, plain = ''] = parameter
      current.parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain)
      at += all.length
      continue
    }
    const scheme = match(TOKEN, header, at)
    if (scheme === undefined) break
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters: new Map() })
    at += scheme[0].length
  }
  return challenges
}

function skip(text: string, at: number): number {
  while (at < text.length && /[\s,]/.test(text.charAt(at))) at += 1
  return at
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}
