import type { Flavor, FlavorRegistry, StackComponentType } from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { problemLines } from '../view/flavors-json.ts'
import type { ComponentKind } from './component-kind.ts'

/**
 * The flavor whose options a command takes. Where only the help is asked for, one that cannot be used is no error: its
 * problem is told, and the help is that of every flavor.
 */
export async function flavorFor(
  { flavor, help }: { readonly flavor: string | undefined; readonly help: boolean },
  {
    kind,
    registry,
    answer,
  }: { readonly kind: ComponentKind; readonly registry: FlavorRegistry; readonly answer: Answer },
): Promise<Flavor<StackComponentType, object> | undefined> {
  if (flavor === undefined) return undefined
  try {
    return await registry.get(kind.type, flavor)
  } catch (problem) {
    if (!help) throw problem
    answer.note([...problemLines(problem, answer.noteStyle), ''])
    return undefined
  }
}
