import type { Command, Option } from 'commander'

/** Something that may stand where the cursor is. */
export interface Candidate {
  readonly value: string
  readonly description?: string
}

/** Where values come from that the definition of the commands does not hold. */
export type Subject =
  | { readonly kind: 'file' }
  /** `stack`: the built-in one too. */
  | { readonly kind: 'stack' }
  | { readonly kind: 'written-stack' }
  | { readonly kind: 'run' }
  | { readonly kind: 'job' }
  | { readonly kind: 'integration' }
  | { readonly kind: 'component'; readonly type: string }
  | { readonly kind: 'flavor'; readonly type: string }
  /** Options that a flavor has: of its own name, or of the component's. */
  | { readonly kind: 'option'; readonly type: string; readonly flavor: string }
  | { readonly kind: 'option'; readonly type: string; readonly component: string }
  /** What the configuration of a component holds. */
  | { readonly kind: 'key'; readonly type: string; readonly component: string }

/** What may stand where the cursor is: known words, and values of a subject. */
export interface Completion {
  readonly candidates: readonly Candidate[]
  readonly subject?: Subject
  /** Of the word that is typed: what values of the subject begin with. */
  readonly typed: string
  /** What stands before each value in the same word: `--stack=`. */
  readonly prefix: string
}

/** Commands that change the entry of a stack in the file. */
const OF_WRITTEN_STACKS: readonly string[] = ['update', 'copy', 'rename', 'delete']

const COMPONENT_WORDS: readonly string[] = ['step-operator', 'artifact-store', 'container-registry', 'image-builder']

/** What may stand for the last of the words, as the commands are defined. The words come without `sidestep`. */
export function completeWords(program: Command, words: readonly string[]): Completion {
  const { before, current, prefix, option: split } = lastWord(words)
  const walked = walk(program, before)
  const { command, path, pending, position, onlyArguments, given } = walked
  const option = split === undefined ? pending : optionNamed(command, split)
  if (option !== undefined || split !== undefined) {
    const values = (option?.argChoices ?? []).map((value) => ({ value }))
    return answer({
      values,
      current,
      prefix,
      subject: option === undefined ? undefined : subjectOfOption(option, walked),
    })
  }
  if (current.startsWith('-') && !onlyArguments) {
    const values = visibleOptions(command)
      .filter(({ long, variadic }) => variadic || !given.has(long ?? ''))
      .map(({ long, short, description }) => ({ value: long ?? short ?? '', description }))
    return answer({ values, current, prefix, subject: optionsOfFlavor(walked) })
  }
  const subcommands =
    position > (walked.asksHelp ? 1 : 0) || onlyArguments
      ? []
      : command
          .createHelp()
          .visibleCommands(command)
          .filter((it) => !(walked.asksHelp && it.name() === 'help'))
          .map((it) => ({ value: it.name(), description: it.description() }))
  const argument = command.registeredArguments[position] ?? command.registeredArguments.findLast((it) => it.variadic)
  const place = argument?.variadic === true ? Math.min(position, command.registeredArguments.length - 1) : position
  const choices = (argument?.argChoices ?? []).map((value) => ({ value }))
  const subject = argument === undefined ? undefined : subjectOfArgument(argument.name(), path, place)
  return answer({ values: [...subcommands, ...choices], current, prefix, subject })
}

interface Given {
  readonly values: readonly Candidate[]
  readonly current: string
  readonly prefix: string
  readonly subject?: Subject | undefined
}

function answer({ values, current, prefix, subject }: Given): Completion {
  const candidates = values
    .filter(({ value }) => value.startsWith(current))
    .map((it) => ({ ...it, value: prefix + it.value }))
  return { candidates, typed: current, prefix, ...(subject && { subject }) }
}

/** The word at the cursor. bash takes `--stack=prod` apart, other shells leave it whole. */
function lastWord(words: readonly string[]): {
  readonly before: readonly string[]
  readonly current: string
  readonly prefix: string
  readonly option?: string
} {
  const last = words.at(-1) ?? ''
  const isOption = (word: string | undefined): word is string => word !== undefined && /^--[^=]+$/.test(word)
  if (last === '=' && isOption(words.at(-2))) {
    return { before: words.slice(0, -2), current: '', prefix: '', option: words.at(-2) ?? '' }
  }
  if (words.at(-2) === '=' && isOption(words.at(-3))) {
    return { before: words.slice(0, -3), current: last, prefix: '', option: words.at(-3) ?? '' }
  }
  const [, option, value] = /^(--[^=]+)=(.*)$/s.exec(last) ?? []
  if (option !== undefined && value !== undefined) {
    return { before: words.slice(0, -1), current: value, prefix: `${option}=`, option }
  }
  return { before: words.slice(0, -1), current: last, prefix: '' }
}

/** What the words before the cursor say. */
interface Walked {
  readonly command: Command
  readonly path: readonly string[]
  /** The option whose value comes next. */
  readonly pending: Option | undefined
  /** How many arguments of the command there are. */
  readonly position: number
  /** The first of them. */
  readonly first: string | undefined
  /** Whether that is `help`, which a command is to follow. */
  readonly asksHelp: boolean
  readonly onlyArguments: boolean
  /** Long names of the options so far, with their values; the last of several. */
  readonly given: ReadonlyMap<string, string>
}

/** Follows the words before the cursor as the program would. */
function walk(program: Command, words: readonly string[]): Walked {
  let command = program
  const path: string[] = []
  const given = new Map<string, string>()
  let first: string | undefined
  let pending: Option | undefined
  let position = 0
  let onlyArguments = false
  for (const word of words) {
    if (pending !== undefined) {
      // bash gives the `=` of `--stack=prod` as a word of its own.
      if (word !== '=') {
        given.set(pending.long ?? '', word)
        pending = undefined
      }
    } else if (onlyArguments) {
      position += 1
    } else if (word === '--') {
      onlyArguments = true
    } else if (word.startsWith('-')) {
      const option = optionNamed(command, word.replace(/=.*/s, ''))
      if (option?.long !== undefined) given.set(option.long, /=(.*)/s.exec(word)?.[1] ?? '')
      if (option?.required === true && !word.includes('=')) pending = option
    } else {
      const next = position === 0 ? command.commands.find((it) => it.name() === word) : undefined
      if (next === undefined) {
        first ??= word
        position += 1
      } else {
        command = next
        path.push(word)
      }
    }
  }
  const asksHelp = first === 'help' && command.commands.length > 0
  return { command, path, pending, position, first, asksHelp, onlyArguments, given }
}

function visibleOptions(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command)
}

function optionNamed(command: Command, name: string): Option | undefined {
  return visibleOptions(command).find(({ long, short }) => long === name || short === name)
}

/** A component is registered and updated with the options of its flavor, which the commands do not hold. */
function optionsOfFlavor({ path, given, first }: Walked): Subject | undefined {
  const [family = '', verb = '', ...more] = path
  if (!COMPONENT_WORDS.includes(family) || more.length > 0) return undefined
  const type = componentType(family)
  const flavor = given.get('--flavor') ?? ''
  if (verb === 'register' && flavor !== '') return { kind: 'option', type, flavor }
  return verb === 'update' && first !== undefined ? { kind: 'option', type, component: first } : undefined
}

function subjectOfOption({ long = '' }: Option, { path, first }: Walked): Subject | undefined {
  const name = long.slice(2)
  if (name === 'stack' || name === 'run') return { kind: name }
  if (name === 'flavor') return { kind: 'flavor', type: componentType(path[0]) }
  if (name === 'file' || (name === 'pipeline' && path[0] !== 'runs')) return { kind: 'file' }
  if (name === 'unset' && first !== undefined && COMPONENT_WORDS.includes(path[0] ?? ''))
    return { kind: 'key', type: componentType(path[0]), component: first }
  // Commands about stacks name components: `--artifact-store`, `--step-operators`, `--default-step-operator`.
  const type = path[0] === 'stack' ? COMPONENT_WORDS.find((word) => name.includes(word)) : undefined
  return type === undefined ? undefined : { kind: 'component', type: componentType(type) }
}

function subjectOfArgument(name: string, path: readonly string[], position: number): Subject | undefined {
  const [family = '', ...rest] = path
  const verb = rest.at(-1) ?? ''
  if (['file', 'folder', 'source'].includes(name)) return { kind: 'file' }
  if (position > 0 || verb === 'register') return undefined
  if (family === 'runs') return { kind: 'run' }
  if (family === 'jobs') return { kind: 'job' }
  if (family === 'stack') return { kind: OF_WRITTEN_STACKS.includes(verb) ? 'written-stack' : 'stack' }
  if (family === 'integration') return { kind: 'integration' }
  if (!COMPONENT_WORDS.includes(family)) return undefined
  return { kind: rest[0] === 'flavor' ? 'flavor' : 'component', type: componentType(family) }
}

function componentType(word = ''): string {
  return word.replaceAll('-', '_')
}
