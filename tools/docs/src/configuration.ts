import { jsonSchemaOf, type FlavorRegistry, type JsonSchema, type StackComponentType } from '@sidestep/core/project'
import { code, table } from './markdown.ts'

const TITLES: Readonly<Record<StackComponentType, string>> = {
  step_operator: 'Step operators',
  artifact_store: 'Artifact stores',
  container_registry: 'Container registries',
  image_builder: 'Image builders',
}

/** The configuration, and for operators the settings of steps, of every installed flavor. Throws where one is damaged. */
export async function configuration(registry: FlavorRegistry): Promise<string> {
  const parts: string[] = []
  let title: string | undefined
  for (const { type, flavor, summary, integration, source, state, problem } of registry.list()) {
    if (problem !== undefined) throw problem
    if (state !== 'installed') continue
    if (title !== TITLES[type]) parts.push(`## ${(title = TITLES[type])}`)
    const known = await registry.get(type, flavor)
    const [config, settings] = await Promise.all([known.configSchema(), known.settingsSchema()])
    parts.push(`### ${type.replace('_', ' ')} ${code(flavor)}`)
    parts.push(
      `${capitalized(summary ?? flavor)}. Integration ${code(integration ?? flavor)}, package ${code(source)}.`,
    )
    parts.push(
      config === undefined ? 'Every key is taken as it is.' : keyTable(jsonSchemaOf(config), 'It takes no keys.'),
    )
    if (type !== 'step_operator') continue
    parts.push(`What a step may give in ${code(`settings['step_operator.${flavor}']`)}:`)
    parts.push(
      settings === undefined ? 'Anything: it is taken as it is.' : keyTable(jsonSchemaOf(settings), 'Nothing.'),
    )
  }
  return parts.join('\n\n')
}

/** The settings of a step on an operator, as a table. Throws where it is not installed. */
export async function settingsTable(registry: FlavorRegistry, flavor: string): Promise<string> {
  const settings = await (await registry.get('step_operator', flavor)).settingsSchema()
  return settings === undefined ? 'Anything: it is taken as it is.' : keyTable(jsonSchemaOf(settings), 'Nothing.')
}

/** The keys of an object. `none` is what stands where there are none. */
export function keyTable(schema: JsonSchema | undefined, none: string): string {
  if (schema === undefined) return 'Its schema cannot tell what it takes.'
  const keys = Object.entries(schema.properties ?? {})
  if (keys.length === 0) return none
  const rows = keys.map(([key, property]) => {
    const needed = (schema.required ?? []).includes(key) && property.default === undefined
    return [
      code(key),
      typeText(property),
      needed ? 'required' : property.default === undefined ? '' : code(JSON.stringify(property.default)),
      `${property.description ?? ''}${property.secret === true ? ' Secret: give it as `${env:NAME}`.' : ''}`.trim(),
    ]
  })
  return table(['key', 'type', 'default', 'meaning'], rows)
}

/** What a value may be, in the words of JSON Schema. */
export function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const))
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(' ')
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(' or ')
  if (typeof schema.type === 'object') return schema.type.join(' or ')
  if (schema.type === 'array') return schema.items === undefined ? 'list' : `list of ${typeText(schema.items)}`
  return schema.type ?? 'any'
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1).replace(/\.$/, '')
}
