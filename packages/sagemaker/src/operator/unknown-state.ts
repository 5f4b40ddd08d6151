import { isTerminal, type LaunchContext, type LaunchReport } from '@sidestep/core'

import { isKnownState } from './training-states.ts'

/** Reports everything, and says once where SageMaker has a word for the job's state that is not known. */
export function tellingUnknownStates(context: Pick<LaunchContext, 'report'>): LaunchContext['report'] {
  let told = false
  return (event: object) => {
    context.report(event)
    const state = stateIn(event)
    if (told || state === undefined) return
    told = true
    const message = `SageMaker says that the job is "${state}", which is no state that is known: it counts as going on`
    context.report({ type: 'warning', message })
  }
}

/** The state of an observation, where it is not known. */
function stateIn(event: Partial<Extract<LaunchReport, { type: 'observed' }>>): string | undefined {
  if (event.type !== 'observed' || (event.observation !== undefined && isTerminal(event.observation.phase)))
    return undefined
  // A reason may follow.
  const state = event.observation?.providerState?.split(':', 1)[0]
  if (state === undefined) return undefined
  const [status = '', secondary = status] = state.split('/')
  return isKnownState({ status, secondary }) ? undefined : state
}
