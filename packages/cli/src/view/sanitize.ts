const ESC = '\u001B'
const BEL = '\u0007'

/** CSI sequences: colours, cursor movements, modes. */
const CSI = `(?:${ESC}\\[|\\u009B)[0-?]*[ -/]*[@-~]`
/** OSC, DCS, SOS, PM and APC: an introducer, a text, a terminator. Without the terminator only the introducer goes. */
const STRING = `(?:${ESC}[\\]PX^_]|[\\u0090\\u0098\\u009D-\\u009F])(?:[^${BEL}${ESC}\\u0080-\\u009F]*(?:${BEL}|${ESC}\\\\|\\u009C))?`
const SHORT = `${ESC}[ -/]*[0-~]`
const SEQUENCES = new RegExp(`${CSI}|${STRING}|${SHORT}`, 'g')

/** Colours and weights, which change nothing but how text looks. */
const COLOURS = new RegExp(`(${ESC}\\[[0-9;:]*m)`)

/** What reorders or hides text around it: bidirectional controls, line separators, annotations, the byte order mark. */
const INVISIBLE = /[\u061C\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]/g

/** Every control character but the tab. */
const CONTROLS = /(?!\t)\p{Cc}/gu

/**
 * One line of foreign output as harmless text: no escape sequence, no control character but the tab, nothing that
 * reorders what stands around it. Of a line that redraws itself with carriage returns, its last state stays.
 */
export function sanitizeLine(line: string): string {
  return clean(lastState(line))
}

/** Like {@link sanitizeLine}, and colours stay; they end with the line. */
export function sanitizeColouredLine(line: string): string {
  const parts = lastState(line).split(COLOURS)
  const text = parts.map((part, index) => (index % 2 === 1 ? part : clean(part))).join('')
  return parts.length === 1 ? text : `${text}${ESC}[0m`
}

/** Like {@link sanitizeLine} for a text of several lines. */
export function sanitizeText(text: string): string {
  return text.split('\n').map(sanitizeLine).join('\n')
}

function lastState(line: string): string {
  if (!line.includes('\r')) return line
  return line.split('\r').findLast((state) => state !== '') ?? ''
}

function clean(text: string): string {
  // Most text is ASCII, and a small command has no time for the patterns.
  if (/^[\t -~]*$/.test(text)) return text
  return text.toWellFormed().replaceAll(SEQUENCES, '').replaceAll(INVISIBLE, '').replaceAll(CONTROLS, '')
}
