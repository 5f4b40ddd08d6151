import {
  configError,
  jsonSchemaOf,
  type ComponentEntry,
  type Flavor,
  type JsonSchema,
  type Project,
  type ProjectFile,
  type StackComponentType,
} from '@sidestep/core/project'
import type { ComponentKind } from './component-kind.ts'

/** A component as the file has it. */
export interface FoundComponent {
  readonly file: ProjectFile
  readonly name: string
  readonly entry: ComponentEntry
  /** Names of the stacks that it is a part of. */
  readonly stacks: readonly string[]
}

/** The component of a name. Rejects with `COMPONENT_UNKNOWN` and the nearest name. */
export async function findComponent(project: Project, kind: ComponentKind, name: string): Promise<FoundComponent> {
  const file = await project.file()
  const components = file?.components[kind.type]
  const entry = components !== undefined && Object.hasOwn(components, name) ? components[name] : undefined
  if (file !== undefined && entry !== undefined) return { file, name, entry, stacks: stacksWith(file, kind.type, name) }
  // It has the words for it.
  await project.component(kind.type, name)
  throw configError('COMPONENT_UNKNOWN', `there is no ${kind.label} ${name}`)
}

/** All components of a type, in the order of the file. */
export function componentsOf(file: ProjectFile, type: StackComponentType): readonly FoundComponent[] {
  return Object.entries(file.components[type]).map(([name, entry]) => ({
    file,
    name,
    entry,
    stacks: stacksWith(file, type, name),
  }))
}

/** The JSON schema of a flavor's configuration; `undefined` where its schema cannot tell. */
export async function configJsonSchema(flavor: Flavor<StackComponentType, object>): Promise<JsonSchema | undefined> {
  const schema = await flavor.configSchema()
  return schema === undefined ? undefined : jsonSchemaOf(schema)
}

function stacksWith(file: ProjectFile, type: StackComponentType, name: string): string[] {
  return Object.entries(file.stacks)
    .filter(([, stack]) => {
      switch (type) {
        case 'step_operator':
          return stack.stepOperators.includes(name)
        case 'artifact_store':
          return stack.artifactStore === name
        case 'container_registry':
          return stack.containerRegistry === name
        case 'image_builder':
          return stack.imageBuilder === name
      }
    })
    .map(([stack]) => stack)
}
