import { configError } from '@sidestep/core'

import { MARK_COUNT } from './job-marks.ts'

/** Of `Environment` of CreateTrainingJob: the published model. */
const MOST_ENTRIES = 100
const LONGEST_TEXT = 512
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** What the variables of a job are made of. */
export interface JobEnvironmentParts {
  /** For messages. */
  readonly stepName: string
  /** All that the job is to have: core's own, those of `docker.environment`, and the step's. */
  readonly environment: Readonly<Record<string, string>>
  /** Those of `settings.environment`. */
  readonly ofSettings: Readonly<Record<string, string>>
}

/** The variables of a request, and those that do not go into one. */
export interface JobEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** Names of the step's variables that come to it by `spec.json` alone, as far as it has any. */
  readonly inSpec: readonly string[]
}

/**
 * SageMaker takes 100 variables of 512 characters. Those of the step and of `docker.environment` are in `spec.json` too, and the step's
 * process gets them from there: what does not fit is left out of the request, and nothing is cut. Pure.
 */
export function jobEnvironment(parts: JobEnvironmentParts): JobEnvironment {
  const { stepName, environment, ofSettings } = parts
  checkSettings(parts)
  const own = Object.entries(environment).filter(([name]) => name.startsWith('SIDESTEP_'))
  const variables = new Map([...own, ...Object.entries(ofSettings)])
  const room = MOST_ENTRIES - MARK_COUNT
  if (variables.size > room) {
    const hint = `SageMaker takes ${MOST_ENTRIES}, ${MARK_COUNT + own.length} of which are Sidestep's: put them into the step's own environment, which has no limit`
    throw tooMuch(stepName, 'settings.environment', hint)
  }
  const inSpec: string[] = []
  for (const [name, value] of Object.entries(environment)) {
    if (variables.has(name)) continue
    if (fits(name, value) && variables.size < room) variables.set(name, value)
    else inSpec.push(name)
  }
  return { variables: Object.fromEntries(variables), inSpec: inSpec.toSorted() }
}

function checkSettings({ stepName, environment, ofSettings }: JobEnvironmentParts): void {
  for (const [name, value] of Object.entries(ofSettings)) {
    const field = `settings.environment.${name}`
    if (name.startsWith('SIDESTEP_'))
      throw tooMuch(stepName, field, `names that begin with SIDESTEP_ are Sidestep's own: call it something else`)
    if (!fits(name, value)) {
      const has = NAME.test(name) ? `${value.length} characters` : `a name that is no letters, digits and _`
      throw tooMuch(
        stepName,
        field,
        `it has ${has}, and SageMaker takes at most ${LONGEST_TEXT} characters: put it into the step's own environment, which has no limit`,
      )
    }
    const other = environment[name]
    if (other !== undefined && other !== value) {
      throw tooMuch(
        stepName,
        field,
        `the step's environment, or its docker.environment, gives it another value: remove one of the two`,
      )
    }
  }
}

/** Counted as the longer of what characters may mean. */
function fits(name: string, value: string): boolean {
  return name.length <= LONGEST_TEXT && NAME.test(name) && value.length <= LONGEST_TEXT
}

function tooMuch(stepName: string, field: string, hint: string): Error {
  const sentence = `${hint.slice(0, 1).toUpperCase()}${hint.slice(1)}.`
  return configError(
    'CONFIG_INVALID',
    `${field} of the step ${stepName} cannot be given to SageMaker as it is`,
    sentence,
  )
}
