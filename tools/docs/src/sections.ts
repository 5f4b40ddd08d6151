/** The name of a section, and what it is to hold. */
export type Sections = Readonly<Record<string, string>>

const MARKER = /^<!-- (begin|end) of what is generated: ([\w-]+) -->$/

/**
 * A page with what stands between the markers of each section replaced. Throws where a marker has no other half, and where
 * the sections of the page are not the given ones.
 */
export function fillSections(page: string, sections: Sections): string {
  const lines: string[] = []
  const filled = new Set<string>()
  let open: string | undefined
  for (const line of page.split('\n')) {
    const [, half, name = ''] = MARKER.exec(line) ?? []
    if (half === undefined) {
      if (open === undefined) lines.push(line)
      continue
    }
    if ((half === 'begin') !== (open === undefined) || (half === 'end' && name !== open)) {
      throw new Error(`the marker "${line}" does not fit the one before it`)
    }
    if (half === 'begin') {
      const content = Object.hasOwn(sections, name) ? sections[name] : undefined
      if (content === undefined) throw new Error(`nothing is generated for the section ${name}`)
      lines.push(line, '', content, '')
      filled.add(name)
      open = name
    } else {
      lines.push(line)
      open = undefined
    }
  }
  if (open !== undefined) throw new Error(`the section ${open} has no end`)
  const missing = Object.keys(sections).find((name) => !filled.has(name))
  if (missing !== undefined) throw new Error(`the page has no section ${missing}`)
  return lines.join('\n')
}
