import type { JsonSchema, Project, StackComponentType } from '@sidestep/core/project'
import { configJsonSchema } from './find-component.ts'

/** JSON schemas by flavor. What cannot be loaded is left out: a list shows what the file says all the same. */
export async function knownSchemas(
  project: Project,
  type: StackComponentType,
  flavors: readonly string[],
): Promise<ReadonlyMap<string, JsonSchema>> {
  const schemas = new Map<string, JsonSchema>()
  if (flavors.length === 0) return schemas
  const registry = await project.registry()
  const known = await Promise.allSettled(
    [...new Set(flavors)].map(async (name) => [name, await configJsonSchema(await registry.get(type, name))] as const),
  )
  for (const result of known) {
    if (result.status === 'fulfilled' && result.value[1] !== undefined) schemas.set(result.value[0], result.value[1])
  }
  return schemas
}
