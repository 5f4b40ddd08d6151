import {
  configError,
  SidestepError,
  type FlavorRegistry,
  type JsonSchema,
  type Project,
  type StackComponentType,
} from '@sidestep/core/project'
import type { Command } from 'commander'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { jsonComponent } from '../view/components-json.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { checkOptions } from './check-options.ts'
import type { ComponentKind } from './component-kind.ts'
import { configProblems } from './config-error.ts'
import { readConfigWords } from './config-words.ts'
import { componentsOf, configJsonSchema } from './find-component.ts'
import { firstLook } from './late-command.ts'
import { flavorFor } from './flavor-for.ts'
import { readConfig } from './read-config.ts'

/** `sidestep step-operator register NAME --flavor F --key=value…`: a component with the options of its flavor. */
export function registerCommand(kind: ComponentKind, words: readonly string[], parent: Command): Promise<ExitCode> {
  const look = firstLook(words)
  return answerFromProject(look, async (project, answer) => {
    const registry = await project.registry()
    const flavor = await flavorFor(look, { kind, registry, answer })
    if (flavor === undefined && !look.help) throw noFlavor(kind, registry)
    const schema = await flavor?.configSchema()
    const jsonSchema = flavor === undefined ? undefined : await configJsonSchema(flavor)
    const command = `sidestep ${kind.command} register`
    const { name, words: given } = readConfigWords(words, {
      parent,
      name: command,
      usage: '<name> --flavor <flavor> [options]',
      description: `register ${kind.one}${flavor === undefined ? '' : ` of the flavor ${flavor.flavor}`}`,
      help: helpText(kind, registry, { flavor: flavor?.flavor, jsonSchema }),
      flavor: flavor?.flavor,
      jsonSchema,
      for: 'register',
    })
    if (flavor === undefined) return EXIT.success

    const { set, problems } = readConfig(given, jsonSchema)
    const wrong =
      problems.length > 0 ? problems : await checkOptions(set, { schema, jsonSchema, environment: process.env })
    const help = `What can be given: ${command} --flavor ${flavor.flavor} --help`
    if (wrong.length > 0) throw configProblems(`the ${kind.label} ${name}`, wrong, help)
    const file = await editProject(project, answer, (edit) =>
      edit.addComponent(kind.type, name, { flavor: flavor.flavor, config: set }),
    )
    const component = componentsOf(file, kind.type).find((one) => one.name === name)
    if (answer.isJson) answer.json(component === undefined ? null : jsonComponent(kind.type, component, jsonSchema))
    else {
      const place = file.place(['components', kind.type, name])
      answer.print([sanitizeLine(`registered the ${kind.label} ${name} of the flavor ${flavor.flavor} in ${place}`)])
      const needsImage = kind.type === 'step_operator' && (await runsImages(name, openCliProject()))
      answer.note([`next: ${nextStep(kind, name, { needsImage, hasStack: Object.keys(file.stacks).length > 0 })}`])
    }
    return EXIT.success
  })
}

/** What makes use of a new component. */
function nextStep(
  kind: ComponentKind,
  name: string,
  { needsImage, hasStack }: { readonly needsImage: boolean; readonly hasStack: boolean },
): string {
  const named = (type: StackComponentType, word: string): string => (kind.type === type ? name : word)
  const isOfImages = kind.type === 'container_registry' || kind.type === 'image_builder'
  if (isOfImages && hasStack) return `sidestep stack update STACK --${kind.command} ${name}`
  const parts = `--artifact-store ${named('artifact_store', 'STORE')} --step-operator ${named('step_operator', 'OPERATOR')}`
  const ofImages = `--container-registry ${named('container_registry', 'REGISTRY')} --image-builder ${named('image_builder', 'BUILDER')}`
  return `sidestep stack register NAME ${parts}${needsImage || isOfImages ? ` ${ofImages}` : ''}`
}

/** Whether jobs of an operator run in images, as far as it can be loaded now: what it lacks, `stack validate` tells. */
async function runsImages(name: string, project: Project): Promise<boolean> {
  try {
    const operator = await (await project.component('step_operator', name)).load()
    return 'capabilities' in operator && (operator.capabilities as { readonly image?: unknown }).image === 'required'
  } catch (error) {
    if (SidestepError.isInstance(error)) return false
    throw error
  }
}

function noFlavor(kind: ComponentKind, registry: FlavorRegistry): Error {
  const names = installedNames(kind, registry)
  return configError(
    'FLAVOR_UNKNOWN',
    `${kind.command} register needs --flavor, what implements the ${kind.label}`,
    `${names.length === 0 ? 'None is installed yet.' : `There is: ${names.join(', ')}.`} \`sidestep ${kind.command} flavor list\` shows them all.`,
  )
}

function installedNames(kind: ComponentKind, registry: FlavorRegistry): string[] {
  return registry.list(kind.type).flatMap(({ flavor, state }) => (state === 'installed' ? [flavor] : []))
}

function helpText(
  kind: ComponentKind,
  registry: FlavorRegistry,
  { flavor, jsonSchema }: { readonly flavor: string | undefined; readonly jsonSchema: JsonSchema | undefined },
): string {
  const { name, flavor: exampleFlavor, option } = kind.example
  const start = `$ sidestep ${kind.command} register ${name} --flavor`
  if (flavor === undefined) {
    return `
Flavors that are installed: ${installedNames(kind, registry).join(', ') || 'none yet'}
Each has options of its own: ${start.slice(2)} FLAVOR --help

Examples:
  ${start} ${exampleFlavor} ${option}
  ${start} ${exampleFlavor} --help`
  }
  const known = flavor === exampleFlavor && jsonSchema !== undefined
  return `
Examples:
  ${start} ${flavor}${known ? ` ${option}` : " --set 'key=value'"}
  ${start} ${flavor} --set 'key=\${env:NAME}'

A value with \${env:NAME} is read from the environment when the component is used. A secret
is only given so: the file is committed with the code.`
}
