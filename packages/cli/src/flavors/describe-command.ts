import { configError, jsonSchemaOf, type KnownFlavor, type Project } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import type { ComponentKind } from '../components/component-kind.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { flavorText, type FlavorSchemas } from '../view/flavors-description.ts'
import { jsonFlavor } from '../view/flavors-json.ts'
import { jsonError } from '../view/json-report.ts'

/** `sidestep step-operator flavor describe NAME`: what a flavor is, and every key that it takes. */
export function describeFlavorCommand(kind: ComponentKind, name: string, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const known = await knownFlavor(project, kind, name)
    const schemas = await schemasOf(project, known)
    if (!answer.isJson) {
      answer.print(flavorText(kind, known, schemas, { style: answer.style, columns: answer.columns }))
    } else if ('problem' in schemas) {
      const problem = jsonError(schemas.problem, answer)
      answer.json({ ...jsonFlavor(known, answer), problem, configSchema: null, settingsSchema: null })
    } else {
      const { config = null, settings = null } = schemas
      answer.json({ ...jsonFlavor(known, answer), configSchema: config, settingsSchema: settings })
    }
    return EXIT.success
  })
}

/** The row of the list. Rejects with `FLAVOR_UNKNOWN` and the nearest name where there is none. */
export async function knownFlavor(
  project: Project,
  { type, label }: ComponentKind,
  name: string,
): Promise<KnownFlavor> {
  const registry = await project.registry()
  const known = registry.list(type).find(({ flavor }) => flavor === name)
  if (known !== undefined) return known
  // It has the words for it.
  await registry.get(type, name)
  throw configError('FLAVOR_UNKNOWN', `there is no ${label} flavor ${name}`)
}

/** A flavor that is missing or damaged has no schemas, but a reason. */
async function schemasOf(project: Project, known: KnownFlavor): Promise<FlavorSchemas | { readonly problem: unknown }> {
  try {
    const flavor = await (await project.registry()).get(known.type, known.flavor)
    const [config, settings] = await Promise.all([flavor.configSchema(), flavor.settingsSchema()])
    return {
      config: config === undefined ? undefined : jsonSchemaOf(config),
      settings: settings === undefined ? undefined : jsonSchemaOf(settings),
    }
  } catch (problem) {
    return { problem }
  }
}
