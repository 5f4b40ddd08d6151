import { Option, type Command } from 'commander'

/** An option that may be given several times: its value is a list, in the order of the words. */
export class RepeatableOption extends Option {
  constructor(flags: string, description: string) {
    super(flags, description)
    this.argParser<readonly string[]>((value, previous) => [...(previous ?? []), value])
  }
}

/**
 * From now on, the commands refuse an option with a value that is given twice, and one that is given with its opposite:
 * nobody knows which was meant. Repeatable options, and switches, may be given again. `options` are those of the command
 * to look at. Default: all.
 */
export function refuseRepeatedOptions(command: Command, options: readonly Option[] = command.options): void {
  const seen = new Map<string, Option>()
  for (const option of options) {
    if (option instanceof RepeatableOption) continue
    command.on(`option:${option.name()}`, () => {
      const earlier = seen.get(option.attributeName())
      seen.set(option.attributeName(), option)
      if (earlier === undefined) return
      if (earlier !== option) command.error(`error: '${earlier.flags}' and '${option.flags}' contradict each other`)
      if (option.required || option.optional) command.error(`error: option '${option.flags}' is given twice`)
    })
  }
  for (const inner of command.commands) refuseRepeatedOptions(inner)
}
