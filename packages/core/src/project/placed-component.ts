import { configError, messageOf, SidestepError } from '../errors.ts'
import type { ComponentRef, StackComponentType } from '../stack/component.ts'

/** The same component; what is wrong with it is told with the place where it is written. */
export function placedComponent<T extends StackComponentType>(ref: ComponentRef<T>, place: string): ComponentRef<T> {
  const { complete } = ref
  return {
    type: ref.type,
    flavor: ref.flavor,
    config: ref.config,
    source: ref.source,
    registered: ref.registered,
    // Read where a job is bundled, and not before.
    get runtime() {
      return ref.runtime
    },
    ...(complete === undefined ? {} : { complete: () => complete.call(ref) }),
    load: async () => {
      try {
        return await ref.load()
      } catch (error) {
        throw placedError(error, place)
      }
    },
  }
}

/** An error about something in the file, with its place. What is no error about input stays as it is. */
export function placedError(error: unknown, place: string): unknown {
  if (!SidestepError.isInstance(error)) {
    return configError(
      'COMPONENT_INVALID',
      `${place}: the component does not load: ${messageOf(error)}`,
      'Correct its flavor, or what is configured there.',
      error,
    )
  }
  if (error.kind !== 'config') return error
  return configError(error.code, `${place}: ${error.message}`, error.hint, error)
}
