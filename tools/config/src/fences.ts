/** A fenced piece of a page. */
export interface Fence {
  /** The first word after the fence; empty where there is none. */
  readonly language: string
  /** The others. */
  readonly words: readonly string[]
  /** The line of the page that the first line of `text` is on. */
  readonly line: number
  /** Whole lines, without the indentation of the fence. */
  readonly text: string
}

/** The fences of a page in Markdown, in their order; what stands inside of another fence is text. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = []
  let open: { fence: string; indent: number; line: number; info: readonly string[]; lines: string[] } | undefined
  for (const [index, line] of markdown.split(/\r?\n/).entries()) {
    const [, indent = '', fence = '', info = ''] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (open === undefined) {
      if (fence !== '') open = { fence, indent: indent.length, line: index + 2, info: wordsOf(info), lines: [] }
    } else if (fence.startsWith(open.fence) && info.trim() === '') {
      const [language = '', ...words] = open.info
      fences.push({ language, words, line: open.line, text: open.lines.map((each) => `${each}\n`).join('') })
      open = undefined
    } else {
      open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)))
    }
  }
  return fences
}

function wordsOf(info: string): readonly string[] {
  return info.split(/\s+/).filter((word) => word !== '')
}
