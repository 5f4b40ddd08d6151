import { configError, type JsonSchema } from '@sidestep/core/project'
import type { Command } from 'commander'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { jsonComponent } from '../view/components-json.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { checkOptions } from './check-options.ts'
import type { ComponentKind } from './component-kind.ts'
import { configProblems } from './config-error.ts'
import { readConfigWords } from './config-words.ts'
import { componentsOf, configJsonSchema, findComponent } from './find-component.ts'
import { firstLook } from './late-command.ts'
import { flavorFor } from './flavor-for.ts'
import { readConfig } from './read-config.ts'

/** `sidestep step-operator update NAME --key=value… [--unset key]`: what is not named stays. */
export function updateCommand(kind: ComponentKind, words: readonly string[], parent: Command): Promise<ExitCode> {
  const look = firstLook(words)
  return answerFromProject(look, async (project, answer) => {
    if (look.name === undefined && !look.help) throw noName(kind)
    const found = look.name === undefined ? undefined : await findComponent(project, kind, look.name)
    const asked = { help: look.help, flavor: found?.entry.flavor }
    const flavor = await flavorFor(asked, { kind, registry: await project.registry(), answer })
    const schema = await flavor?.configSchema()
    const jsonSchema = flavor === undefined ? undefined : await configJsonSchema(flavor)
    const { name, words: given } = readConfigWords(words, {
      parent,
      name: `sidestep ${kind.command} update`,
      usage: '<name> [options]',
      description: `change the configuration of ${kind.one}; what is not named stays`,
      help: helpText(kind, found?.name),
      flavor: flavor?.flavor,
      jsonSchema,
      for: 'update',
    })
    if (found === undefined || flavor === undefined) return EXIT.success
    if (given.options.length + given.sets.length + given.unsets.length === 0) throw nothingGiven(kind, name, jsonSchema)

    const help = `What can be given: sidestep ${kind.command} update ${name} --help`
    const file = await editProject(project, answer, async (edit) => {
      // Another process may have changed it since: what is inside of an object is put to what is there now.
      const components = edit.file.components[kind.type]
      const before = Object.hasOwn(components, name) ? (components[name]?.config ?? {}) : {}
      const { set, unset, problems } = readConfig(given, jsonSchema, before)
      const after = Object.fromEntries(Object.entries({ ...before, ...set }).filter(([key]) => !unset.includes(key)))
      const wrong =
        problems.length > 0 ? problems : await checkOptions(after, { schema, jsonSchema, environment: process.env })
      if (wrong.length > 0) throw configProblems(`the ${kind.label} ${name}`, wrong, help)
      edit.updateComponent(kind.type, name, { set, unset })
    })
    const component = componentsOf(file, kind.type).find((one) => one.name === name)
    if (answer.isJson) answer.json(component === undefined ? null : jsonComponent(kind.type, component, jsonSchema))
    else
      answer.print([
        sanitizeLine(`changed the ${kind.label} ${name} in ${file.place(['components', kind.type, name])}`),
      ])
    return EXIT.success
  })
}

function noName(kind: ComponentKind): Error {
  return configError(
    'COMPONENT_UNKNOWN',
    `${kind.command} update needs the name of the ${kind.label}, before any option`,
    `sidestep ${kind.command} update NAME --key=value`,
  )
}

function nothingGiven(kind: ComponentKind, name: string, jsonSchema: JsonSchema | undefined): Error {
  const how = jsonSchema === undefined ? '--set key=value' : '--key=value, --set key=value'
  return configError(
    'CONFIG_INVALID',
    `nothing says what to change of the ${kind.label} ${name}`,
    `Give ${how} or --unset key. What there is: sidestep ${kind.command} update ${name} --help`,
  )
}

function helpText(kind: ComponentKind, found: string | undefined): string {
  const { name, option } = kind.example
  const start = `$ sidestep ${kind.command} update ${found ?? name}`
  const more = found === undefined ? `\nThe options are those of its flavor: ${start.slice(2)} --help\n` : ''
  const first = found === undefined ? `\n  ${start} ${option}` : ''
  return `${more}
Examples:${first}
  ${start} --set key=value --unset other
  ${start} --set 'key.inner=\${env:NAME}'

Comments and order of sidestep.yaml stay.`
}
