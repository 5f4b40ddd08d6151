import { configError, type SidestepError } from '../errors.ts'
import { quoted } from '../stack/component-name.ts'

/** One npm package as a step asks for it. */
export interface Requirement {
  readonly name: string
  /** A semver range, a version or a tag. */
  readonly range: string
}

// npm takes a hyphen in front for an option, or refuses it.
const NAME = /^(?:@[a-z\d~][\w.~-]*\/)?[a-z\d~][\w.~-]*$/i
const RANGE = /^[\w.+*^~<>=|\- ]+$/
const LONGEST_NAME = 214

/** `name@range`, `@scope/name@range` or `name`, which is the version that the registry calls `latest`. */
export function parseRequirement(text: string): Requirement {
  const at = text.indexOf('@', 1)
  const name = at === -1 ? text : text.slice(0, at)
  const range = at === -1 ? 'latest' : text.slice(at + 1).trim()
  if (!NAME.test(name) || name.length > LONGEST_NAME) throw refused(text, 'its name is not that of an npm package')
  if (!RANGE.test(range)) throw refused(text, 'what stands behind the @ is not a version, a range or a tag')
  return { name, range }
}

/** What {@link parseRequirement} reads. */
export function formatRequirement({ name, range }: Requirement): string {
  return `${name}@${range}`
}

function refused(text: string, why: string): SidestepError {
  return configError(
    'CONFIG_INVALID',
    `the requirement ${quoted(text)} cannot be installed: ${why}`,
    "Write 'name@1.2.3', 'name@^1.2.3' or 'name'. Folders, git and URLs are not supported: what they hold can change.",
  )
}
