import { nearestName } from '@sidestep/core/project'
import type { Check, DoctorContext, Outcome } from '../check.ts'

/** What a user may set, and what it does. */
const USERS: Readonly<Record<string, string>> = {
  SIDESTEP_HOME: "is the folder of the project's state",
  SIDESTEP_STACK: 'is the active stack, whatever else is chosen',
}

/** What jobs are started with. */
const OF_JOBS =
  /^SIDESTEP_(?:STORE|STEP_OPERATOR|NONCE|PARENT_FD|RESOLVE_FROM|JOB_TOKEN|JOB_FOLDER|INPUTS|OUTPUTS|RANK|SIZE|SECRET_.*)$/

const PREFIX = 'SIDESTEP_'

/** Names the variables that change what Sidestep does. */
export const environmentCheck: Check = {
  name: 'variables',
  tried: `those that begin with ${PREFIX}`,
  run: ({ environment }) => {
    const names = Object.keys(environment).filter((name) => name.toUpperCase().startsWith(PREFIX))
    if (names.length === 0) return [{ state: 'ok', found: 'none is set' }]
    return names.toSorted().map((name) => outcomeOf(name, environment))
  },
}

function outcomeOf(name: string, environment: DoctorContext['environment']): Outcome {
  const meaning = Object.hasOwn(USERS, name) ? USERS[name] : undefined
  const value = environment[name] ?? ''
  if (meaning !== undefined) {
    return { state: 'ok', found: value === '' ? `${name} is empty, and means nothing` : `${name}: ${value} ${meaning}` }
  }
  if (OF_JOBS.test(name)) {
    return {
      state: 'warning',
      found: `${name} is a variable of jobs`,
      hint: `Unset it, unless this is the inside of a job: unset ${name}`,
    }
  }
  const near = nearestName(name, Object.keys(USERS))
  return {
    state: 'warning',
    found: `${name} means nothing to Sidestep`,
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}There is ${Object.keys(USERS).join(' and ')}.`,
  }
}
