import { Help } from 'commander'

/** A terminal narrower than this has no room for descriptions beside what they describe. */
const NARROW = 60
/** Of a description that stands below. */
const INDENT = 6
const LEAST = 20

/** As commander does it; on a narrow terminal, the description of a command or an option stands below it, wrapped. */
export function formatItem(this: Help, term: string, termWidth: number, description: string, helper: Help): string {
  const { helpWidth = 80 } = this
  if (description === '' || helpWidth >= NARROW) {
    return Help.prototype.formatItem.call(this, term, termWidth, description, helper)
  }
  const text = Object.assign(new Help(), { minWidthToWrap: LEAST }).boxWrap(
    description,
    Math.max(LEAST, helpWidth - INDENT),
  )
  const indent = ' '.repeat(INDENT)
  return `  ${term}\n${indent}${text.replaceAll('\n', `\n${indent}`)}`
}
