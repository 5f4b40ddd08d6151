import { setTimeout as sleep } from 'node:timers/promises'

import { step, type Step, type StepContext } from '@sidestep/core'

import { began } from './began.ts'
import { SETTINGS } from './settings.ts'

/** What a step of these prints when it is told to stop. */
export const TOLD = 'conformance: told to stop'

/** What these steps are given. */
export interface Listen {
  /** For how long the first attempt goes on unless it is told to stop. Later ones end at once. */
  readonly milliseconds: number
  /** What it returns. */
  readonly value: number
}

/** Goes on until it is told to stop. */
export const listens: Step<Listen, Promise<number>> = step(
  { name: 'listens', stepOperator: true, settings: SETTINGS },
  listen,
)

/** Is left running where its run is stopped. */
export const listensDetached: Step<Listen, Promise<number>> = step(
  { name: 'listens-detached', stepOperator: true, settings: SETTINGS, cancel: { onAbort: 'detach' } },
  listen,
)

/** Is told to stop where its run is stopped, and not waited for. */
export const listensAsked: Step<Listen, Promise<number>> = step(
  { name: 'listens-asked', stepOperator: true, settings: SETTINGS, cancel: { onAbort: 'cancel' } },
  listen,
)

/** Lines that the process of the job itself prints, before anything else. */
export const OUTSIDE_LINES: readonly string[] = Array.from(
  { length: 300 },
  (_, index) => `conformance outside ${index}`,
)

const PRINT = `for(let i=0;i<${OUTSIDE_LINES.length};i++)console.error('conformance outside '+i)`

/** Goes on until it is told to stop, in a job that prints {@link OUTSIDE_LINES} where its provider sees them. */
export const printsOutside: Step<Listen, Promise<number>> = step(
  {
    name: 'prints-outside',
    stepOperator: true,
    settings: SETTINGS,
    docker: { environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PRINT)}` } },
  },
  listen,
)

async function listen({ milliseconds, value }: Listen, { signal, attempt }: StepContext): Promise<number> {
  began()
  try {
    await sleep(attempt === 1 ? milliseconds : 0, undefined, { signal })
  } catch (error) {
    console.log(TOLD)
    throw error
  }
  return value
}
