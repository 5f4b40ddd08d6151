const patterns = new Map<string, RegExp>()

/** A pattern of a model as an expression for a whole text, with or without `^` and `$`. Throws a `SyntaxError` where nobody can read it. */
export function patternOf(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? compile(pattern)
  patterns.set(pattern, known)
  return known
}

/** The names of Java that JavaScript does not know, for use in a class and outside of one. */
const JAVA_CLASSES: Readonly<Record<string, string>> = {
  Alnum: 'a-zA-Z0-9',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Lower: 'a-z',
  Upper: 'A-Z',
  XDigit: '0-9a-fA-F',
  Space: String.raw`\s`,
  ASCII: String.raw`\x00-\x7f`,
  Punct: String.raw`!-\/:-@\[-\x60\{-~`,
  Graph: '!-~',
  Print: ' -~',
}

/** With the `u` flag, since `\p` means nothing without; an old habit that only the other reading allows gets that one. */
function compile(pattern: string): RegExp {
  const whole = `^(?:${inJavaScript(pattern)})$`
  try {
    return new RegExp(whole, 'u')
  } catch (error) {
    if (whole.includes(String.raw`\p`)) throw error
    return new RegExp(whole)
  }
}

/** Java has more names of classes, and lets everything be escaped. */
function inJavaScript(pattern: string): string {
  let inClass = false
  return pattern.replaceAll(/\\p\{(\w+)\}|\\(.)|[[\]]/gsu, (token, name?: string, escaped?: string) => {
    if (token === '[') inClass = true
    if (token === ']') inClass = false
    if (escaped !== undefined && NEEDLESS.test(escaped)) return escaped === '-' && inClass ? token : escaped
    const characters = name === undefined ? undefined : JAVA_CLASSES[name]
    if (characters === undefined) return token
    return inClass ? characters : `[${characters}]`
  })
}

/** What `u` does not let a pattern escape, but for `-` in a class. */
const NEEDLESS = /^[^\w^$\\.*+?()[\]{}|/]$/u
