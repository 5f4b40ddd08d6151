import { configError, nearestName, schemaAt, type JsonSchema, type SidestepError } from '@sidestep/core/project'
import { Command, Option } from 'commander'
import { refuseRepeatedOptions } from '../commands/given-once.ts'
import { outputOption, verboseOption } from '../commands/options.ts'
import { valueText } from '../view/config-text.ts'
import { isSwitchOption, nestedOptions, schemaOptions, type SchemaOption } from './json-schema-options.ts'
import type { ConfigWords } from './read-config.ts'

export interface ConfigCommandOptions {
  /** Whose settings for help and errors hold. */
  readonly parent: Command
  /** `sidestep step-operator register`. */
  readonly name: string
  readonly usage: string
  readonly description: string
  /** After the options of the help. */
  readonly help: string
  /** Whose options: `local`. */
  readonly flavor: string | undefined
  readonly jsonSchema: JsonSchema | undefined
  /** `register` names the flavor, `update` can take keys away. */
  readonly for: 'register' | 'update'
}

/** A component's name with the words on its configuration. */
export interface NamedConfigWords {
  readonly name: string
  readonly words: Required<ConfigWords>
}

/**
 * Reads words with the options of a flavor. Throws a `config` error for what it does not know. Where the help is asked
 * for, it is shown, and a `CommanderError` thrown as commander does.
 */
export function readConfigWords(words: readonly string[], options: ConfigCommandOptions): NamedConfigWords {
  const { jsonSchema } = options
  const given: { key: string; flag: string; text: string }[] = []
  const sets: string[] = []
  const unsets: string[] = []
  const flavors: string[] = []
  const command = new Command(options.name)
    .copyInheritedSettings(options.parent)
    .usage(options.usage)
    .description(options.description)
    .helpOption('-h, --help', 'show this help')
    .argument('<name>', 'the name of the component')
  const listen = (option: Option, listener: (text: string | null | undefined) => void): void => {
    command.addOption(option).on(`option:${option.name()}`, listener)
  }
  for (const option of jsonSchema === undefined ? [] : schemaOptions(jsonSchema)) {
    for (const [flag, shown, means] of spellings(option, jsonSchema)) {
      listen(flavorOption(shown, option, { flavor: options.flavor, root: jsonSchema }), (text) =>
        given.push({ key: option.key, flag, text: text ?? means }),
      )
    }
  }
  if (options.for === 'register') {
    listen(new Option('--flavor <flavor>', 'what implements it'), (text) => flavors.push(text ?? ''))
  }
  const setHelp = jsonSchema === undefined ? 'sets a key' : 'sets any key, also inside of an object'
  listen(new Option('--set <key=value>', `${setHelp}; the value is JSON or text (repeatable)`), (text) =>
    sets.push(text ?? ''),
  )
  if (options.for === 'update') {
    listen(new Option('--unset <key>', 'takes a key away (repeatable)'), (text) => unsets.push(text ?? ''))
  }
  const output = outputOption('the component')
  command.addOption(output).addOption(verboseOption()).addHelpText('after', options.help)
  // What is wrong with the others is said below.
  refuseRepeatedOptions(command, [output])
  // Commander looks for a name that is like `--key=value` as a whole, and finds none.
  command
    .allowUnknownOption()
    .allowExcessArguments()
    .exitOverride()
    .parse([...words], { from: 'user' })
  const unknown = beforeDashes(words, command.args).find((word) => word.startsWith('-'))
  if (unknown !== undefined) throw unknownOption(unknown, words, { command, options })
  const [name = '', more] = command.args
  if (more !== undefined) {
    throw configError(
      'CONFIG_INVALID',
      `${options.name} takes one name, and was given ${name} and ${more} too`,
      'A value with spaces is quoted. What is on or off takes its value with an equals sign: --key=true.',
    )
  }
  if (flavors.length > 1) throw configError('CONFIG_INVALID', '--flavor is given twice', 'A component has one flavor.')
  return { name, words: { options: given, sets, unsets } }
}

/** What stands behind `--` is no option, whatever it looks like. */
function beforeDashes(words: readonly string[], args: readonly string[]): readonly string[] {
  const dashes = words.indexOf('--')
  const literal = dashes === -1 ? [] : words.slice(dashes + 1)
  return literal.every((word, at) => word === args.at(at - literal.length))
    ? args.slice(0, args.length - literal.length)
    : args
}

function unknownOption(
  word: string,
  words: readonly string[],
  { command, options }: { readonly command: Command; readonly options: ConfigCommandOptions },
): SidestepError {
  const name = word.replace(/^-+/, '').replace(/=.*$/s, '')
  if (command.options.some((option) => option.long === `--${name}`)) {
    return configError(
      'CONFIG_INVALID',
      `${options.name}: --${name} takes no value`,
      name.startsWith('no-') ? `Write --${name} alone, or --${name.slice(3)}=false.` : `Write --${name} alone.`,
    )
  }
  const key = keyInside(name, options.jsonSchema)
  if (key !== undefined) {
    const [, value = words[words.indexOf(word) + 1] ?? 'VALUE'] = /=(.*)$/s.exec(word) ?? []
    return configError('CONFIG_INVALID', `${options.name} has no option --${name}`, `Write --set ${key}=${value}.`)
  }
  const flags = command.options.filter(({ hidden }) => !hidden).map((option) => option.name())
  const near = nearestName(name, flags)
  const hints = [
    ...(near === undefined ? [] : [`Did you mean --${near}?`]),
    options.jsonSchema === undefined && options.flavor !== undefined
      ? `The flavor ${options.flavor} does not say what it takes: give it with --set ${name}=value.`
      : `What can be given: ${options.name} ${options.for === 'register' ? `--flavor ${options.flavor ?? 'FLAVOR'}` : 'NAME'} --help`,
  ]
  return configError('CONFIG_INVALID', `${options.name} has no option --${name}`, hints.join(' '))
}

/** What lies inside of an object is given with `--set`. `undefined` where the name leads into none. */
function keyInside(name: string, schema: JsonSchema | undefined): string | undefined {
  const [first = '', ...inside] = name.split('.')
  if (schema === undefined || inside.length === 0) return undefined
  const option = schemaOptions(schema).find(({ key, flag }) => key === first || flag === first)
  if (option === undefined) return undefined
  const key = [option.key, ...inside].join('.')
  return schemaAt(key.split('.'), schema) === undefined ? undefined : key
}

/** Each as it is typed, as it is shown, and what it means without a value; the first one is the one for the help. */
function spellings(option: SchemaOption, root: JsonSchema | undefined): (readonly [string, string, string])[] {
  const { flag, alias, negation } = option
  if (flag === undefined || root === undefined) return []
  const isSwitch = isSwitchOption(option, root)
  const value = isSwitch ? '[true|false]' : `<${valueName(option)}>`
  return [
    [flag, `--${flag} ${value}`, 'true'],
    ...(alias === undefined ? [] : [[alias, `--${alias} ${value}`, 'true'] as const]),
    ...(negation === undefined ? [] : [[negation, `--${negation}`, 'false'] as const]),
  ]
}

function valueName({ type }: SchemaOption): string {
  if (type.length <= 24 && !/[<>[\]]/.test(type)) return type.replaceAll(' | ', '|').replaceAll(' ', '-')
  return 'value'
}

function flavorOption(
  shown: string,
  option: SchemaOption,
  { flavor, root }: { readonly flavor: string | undefined; readonly root: JsonSchema | undefined },
): Option {
  const { description = '', required, repeatable, default: preset, secret, type } = option
  const notes = [
    ...(required ? ['required'] : []),
    ...(valueName(option) === 'value' && type.includes('|') ? [type] : []),
    ...(repeatable ? ['repeatable'] : []),
    ...(root === undefined
      ? []
      : nestedOptions(option, root).map(({ key, type: inside }) => `--set ${key}=<${inside}>`)),
    ...(secret ? ['secret: give ${env:NAME}'] : []),
    ...(preset === undefined ? [] : [`default: ${valueText(preset)}`]),
  ]
  const text = notes.length === 0 ? description : `${description} (${notes.join(', ')})`.trim()
  const made = new Option(shown, text).helpGroup(`Options of the flavor ${flavor ?? ''}:`)
  return shown.startsWith(`--${option.flag ?? ''} `) ? made : made.hideHelp()
}
