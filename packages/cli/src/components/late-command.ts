import { parseArgs } from 'node:util'
import { Command, type ParseOptionsResult } from 'commander'

/** A command whose options depend on its words: its action gets them as they were typed, in `command.args`. */
export class LateCommand extends Command {
  constructor(name: string, parent: Command) {
    super(name)
    parent.addCommand(this)
    this.copyInheritedSettings(parent).allowUnknownOption().allowExcessArguments()
    // The help is asked for with the other words, so that it can show the options of a flavor.
    this.helpOption(false)
  }

  override parseOptions(argv: string[]): ParseOptionsResult {
    return { operands: [], unknown: argv }
  }
}

/** What the words of a late command say, as far as it must be known before they can be read. */
export interface FirstLook {
  /** The first word, where it is no option. */
  readonly name: string | undefined
  readonly flavor: string | undefined
  readonly output: 'text' | 'json'
  readonly verbose: boolean
  readonly help: boolean
}

/** Looks at words whose options are not known yet. Throws nothing. */
export function firstLook(words: readonly string[]): FirstLook {
  const [first] = words
  const { values } = parseArgs({
    args: [...words],
    options: {
      flavor: { type: 'string' },
      output: { type: 'string' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    strict: false,
    allowPositionals: true,
  })
  return {
    name: first === undefined || first.startsWith('-') ? undefined : first,
    flavor: typeof values.flavor === 'string' ? values.flavor : undefined,
    output: values.output === 'json' ? 'json' : 'text',
    verbose: values.verbose === true,
    help: values.help === true,
  }
}
