import type { LaunchContext, LaunchReport } from '@sidestep/core'

import { CONTAINER_STATES } from './container-state.ts'

/** Reports everything, and says once where the engine calls the container's state something that is not known. */
export function tellingUnknownStates(context: Pick<LaunchContext, 'report'>): LaunchContext['report'] {
  let told = false
  return (event: object) => {
    context.report(event)
    const state = stateIn(event)
    if (told || state === undefined || Object.hasOwn(CONTAINER_STATES, state)) return
    told = true
    const message = `the engine says that the container is "${state}", which is no state that is known: it counts as running`
    context.report({ type: 'warning', message })
  }
}

/** Progress of a pull has its own words, and comes before there is a container. */
function stateIn(event: Partial<Extract<LaunchReport, { type: 'observed' }>>): string | undefined {
  if (event.type !== 'observed' || event.observation?.phase !== 'running') return undefined
  return event.observation.providerState
}
