import { isAbsolute, resolve } from 'node:path'
import { nearestName } from '@sidestep/core/project'
import { shellWord } from '../../view/shell-word.ts'
import type { Check, DoctorContext, Outcome } from '../check.ts'

/** What a user may set, and what it does. */
const USERS: Readonly<Record<string, string>> = {
  SIDESTEP_HOME: "is the folder of the project's state",
  SIDESTEP_STACK: 'is the active stack, whatever else is chosen',
}

/** What jobs are started with. */
const OF_JOBS =
  /^SIDESTEP_(?:STORE|STEP_OPERATOR|NONCE|PARENT_FD|SIGNALS_GROUP|RESOLVE_FROM|JOB_TOKEN|JOB_FOLDER|INPUTS|OUTPUTS|RANK|SIZE|SECRET_.*)$/

const PREFIX = 'SIDESTEP_'

/** Names the variables that change what Sidestep does. */
export const environmentCheck: Check = {
  name: 'variables',
  tried: `those that begin with ${PREFIX}`,
  run: ({ cwd, environment }) => {
    const names = Object.keys(environment).filter((name) => name.toUpperCase().startsWith(PREFIX))
    if (names.length === 0) return [{ state: 'ok', found: 'none is set' }]
    return names.toSorted().map((name) => outcomeOf(name, { cwd, environment }))
  },
}

function outcomeOf(name: string, { cwd, environment }: Pick<DoctorContext, 'cwd' | 'environment'>): Outcome {
  const meaning = Object.hasOwn(USERS, name) ? USERS[name] : undefined
  const value = environment[name] ?? ''
  if (meaning !== undefined) {
    if (value === '') return { state: 'ok', found: `${name} is empty, and means nothing` }
    const found = `${name}: ${value} ${meaning}`
    if (name !== 'SIDESTEP_HOME' || isAbsolute(value)) return { state: 'ok', found }
    return {
      state: 'warning',
      found: `${found}, relative to the working directory: in another one it is another folder`,
      hint: `Give the whole path: export SIDESTEP_HOME=${shellWord(resolve(cwd, value))}`,
    }
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
