import { configError } from '../errors.ts'
import { flavorOf, StackComponent, typeOf, type ComponentRef, type StackComponentType } from './component.ts'
import { flavorSource, registeredSource } from './flavor-source.ts'
import { jsonCopy } from './json-copy.ts'
import { optional } from './optional.ts'
import { secretIn } from './secret-in.ts'
import type { ComponentDescription } from './stack-description.ts'

/**
 * A component as plain JSON, which is stored. Nothing is loaded, and a configuration is taken as it was given. Throws
 * `CONFIG_INVALID` where it holds a secret; that of an instance is left out then, as nothing is made again from it.
 *
 * @param name what errors call it: `prod.stepOperators.gpu`
 */
export function describeComponent(
  part: ComponentRef<StackComponentType> | StackComponent,
  { projectFolder, name }: { readonly projectFolder: string; readonly name: string },
): ComponentDescription {
  if (StackComponent.isInstance(part)) {
    const own = configOf(part.config)
    const config = own !== undefined && secretIn(own) === undefined ? own : undefined
    return { type: typeOf(part), flavor: flavorOf(part), ...optional('config', config) }
  }
  const given = configOf(part.config)
  const complete = given === undefined ? undefined : configOf(part.complete?.() ?? given)
  const secret = complete === undefined ? undefined : secretIn(complete)
  if (secret !== undefined) {
    throw configError(
      'CONFIG_INVALID',
      `${name}.${secret.path} is refused: ${secret.why}, and what a stack is made of is stored with each run`,
      "Give '${env:NAME}' as a text, and set that variable where Sidestep runs; a step gets its own by `secrets`.",
    )
  }
  const source =
    part.registered === undefined
      ? flavorSource(part.source ?? '', projectFolder)
      : registeredSource(part.registered, projectFolder)
  return { type: part.type, flavor: part.flavor, ...optional('source', source), ...optional('config', complete) }
}

function configOf(config: unknown): object | undefined {
  return typeof config === 'object' && config !== null ? jsonCopy(config) : undefined
}
