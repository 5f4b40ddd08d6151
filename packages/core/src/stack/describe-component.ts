import { flavorOf, StackComponent, typeOf, type ComponentRef, type StackComponentType } from './component.ts'
import { flavorSource } from './flavor-source.ts'
import { jsonCopy } from './json-copy.ts'
import type { ComponentDescription } from './stack-description.ts'

/** A component as plain JSON. Nothing is loaded, and a configuration is taken as it was given. */
export function describeComponent(
  part: ComponentRef<StackComponentType> | StackComponent,
  { projectFolder }: { readonly projectFolder: string },
): ComponentDescription {
  if (StackComponent.isInstance(part)) {
    return { type: typeOf(part), flavor: flavorOf(part), ...optional('config', configOf(part.config)) }
  }
  const given = configOf(part.config)
  const complete = given === undefined ? undefined : configOf(part.complete?.() ?? given)
  const source = part.source === undefined ? undefined : flavorSource(part.source, projectFolder)
  return { type: part.type, flavor: part.flavor, ...optional('source', source), ...optional('config', complete) }
}

function configOf(config: unknown): object | undefined {
  return typeof config === 'object' && config !== null ? jsonCopy(config) : undefined
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: V }
}
