import { join } from 'node:path'

import type { FlavorRegistry, KnownFlavor } from '../flavor/flavor-registry.ts'
import { jsonSchemaOf, type JsonSchema } from '../flavor/json-schema.ts'
import { COMPONENT_TYPES, type StackComponentType } from '../stack/component.ts'
import { NAME_PATTERN } from '../stack/component-name.ts'
import { createHomeFolder } from '../stack/home-folder.ts'
import { typesWords } from '../stack/component-type.ts'
import { editableConfig } from './editable-config.ts'

/** The name of the schema in `.sidestep` beside sidestep.yaml: what a new one names in its first line. */
const EDITOR_SCHEMA_FILE = 'sidestep.schema.json'

const NAME = NAME_PATTERN.source

const TITLES: Readonly<Record<StackComponentType, string>> = {
  step_operator: 'Step operators: where steps run.',
  artifact_store: 'Artifact stores: where what steps return is kept.',
  container_registry: 'Container registries: where images are pushed to.',
  image_builder: 'Image builders: what makes images.',
}

/**
 * The JSON schema of sidestep.yaml for editors: the keys of every flavor that the project can use, and what they mean. A
 * flavor that is not installed or does not load may have any keys. It is of draft 7, which the YAML extensions of editors
 * know; where the configuration of a flavor needs a later one, they are told less.
 */
export async function editorSchema(registry: FlavorRegistry): Promise<JsonSchema> {
  const flavors = await Promise.all(registry.list().map((known) => flavorSchema(registry, known)))
  const definitions = Object.fromEntries(flavors.flatMap(({ definition }) => (definition ? [definition] : [])))
  const componentsOf = (type: StackComponentType): JsonSchema =>
    named(TITLES[type], componentSchema(flavors.filter((flavor) => flavor.known.type === type)))
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'sidestep.yaml',
    description: 'The stacks of a project, what they are composed of, and flavors of its own.',
    type: ['object', 'null'],
    properties: {
      flavors: byType('Flavors of this project, by the files or packages that export them.', (type) =>
        named(`Flavors of ${typesWords(type)}, by their names.`, {
          type: 'string',
          pattern: '^[^#]+#[^#]+$',
          description: 'Where it is: ./src/file.ts#Export, or package#Export.',
        }),
      ),
      components: byType('What stacks are composed of, by its type and name.', componentsOf),
      stacks: named('Stacks, by their names.', STACK),
      active_stack: { type: ['string', 'null'], pattern: NAME, description: 'The stack of who chose no other.' },
    },
    additionalProperties: false,
    definitions,
  }
}

/**
 * Writes the schema for editors to a folder, where it changed: `.sidestep` beside sidestep.yaml. Returns its path. Rejects with
 * `CONFIG_INVALID` where the folder cannot be made; with the error of the file system where the file cannot be written.
 */
export async function writeEditorSchema(folder: string, registry: FlavorRegistry): Promise<string> {
  const text = `${JSON.stringify(await editorSchema(registry), undefined, 2)}\n`
  createHomeFolder(folder)
  const path = join(folder, EDITOR_SCHEMA_FILE)
  // What only makes a schema, or lists flavors, does not wait for it.
  const [{ replaceFile }, { readIfThere }] = await Promise.all([
    import('../atomic-file.ts'),
    import('../read-if-there.ts'),
  ])
  if ((await readIfThere(path)) !== text) await replaceFile(path, text)
  return path
}

interface FlavorSchema {
  readonly known: KnownFlavor
  readonly definition?: readonly [name: string, JsonSchema]
}

async function flavorSchema(registry: FlavorRegistry, known: KnownFlavor): Promise<FlavorSchema> {
  const name = `${known.type}.${known.flavor}`
  const config = known.state === 'installed' ? await configOf(registry, known) : undefined
  return { known, ...(config && { definition: [name, editableConfig(config, `#/definitions/${name}`)] as const }) }
}

/** What does not load is the list's and the validation's to tell: an editor has no place for it. */
async function configOf(registry: FlavorRegistry, { type, flavor }: KnownFlavor): Promise<JsonSchema | undefined> {
  try {
    const schema = await (await registry.get(type, flavor)).configSchema()
    return schema === undefined ? undefined : jsonSchemaOf(schema)
  } catch {
    return undefined
  }
}

/** `if` chooses by the flavor, so that an error is about the keys of that flavor and of no other. */
function componentSchema(flavors: readonly FlavorSchema[]): JsonSchema {
  const described = flavors.map(({ known }) => ({
    const: known.flavor,
    description: [
      known.summary,
      known.install && `${known.state === 'planned' ? 'Planned; once published' : 'To be installed'}: ${known.install}`,
    ]
      .filter(Boolean)
      .join(' '),
  }))
  const rules = flavors.flatMap(({ known, definition }) => {
    if (definition === undefined) return []
    const isOfFlavor = { properties: { flavor: { const: known.flavor } }, required: ['flavor'] }
    // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
    return [{ if: isOfFlavor, then: { $ref: `#/definitions/${definition[0]}` } }]
  })
  return {
    type: 'object',
    required: ['flavor'],
    properties: {
      flavor: {
        description: 'Which implementation it is of those that are installed. The other keys are its own.',
        ...(described.length === 0 ? { type: 'string' } : { anyOf: described }),
      },
    },
    ...(rules.length === 0 ? {} : { allOf: rules }),
  }
}

function byType(description: string, of: (type: StackComponentType) => JsonSchema): JsonSchema {
  return {
    type: ['object', 'null'],
    description,
    properties: Object.fromEntries(COMPONENT_TYPES.map((type) => [type, of(type)])),
    additionalProperties: false,
  }
}

function named(description: string, value: JsonSchema): JsonSchema {
  return {
    type: ['object', 'null'],
    description,
    propertyNames: { pattern: NAME },
    additionalProperties: value,
  }
}

const STACK: JsonSchema = {
  type: 'object',
  required: ['artifact_store', 'step_operators'],
  properties: {
    artifact_store: { type: 'string', description: 'The name of one of components.artifact_store.' },
    container_registry: { type: ['string', 'null'], description: 'The name of one of components.container_registry.' },
    image_builder: { type: ['string', 'null'], description: 'The name of one of components.image_builder.' },
    step_operators: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      uniqueItems: true,
      description: 'Names of components.step_operator, which steps name in `stepOperator`.',
    },
    default_step_operator: {
      type: ['string', 'null'],
      description: 'What `stepOperator: true` means. Absent: the only operator there is.',
    },
  },
  additionalProperties: false,
}
