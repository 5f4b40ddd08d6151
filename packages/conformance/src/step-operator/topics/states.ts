import { isTerminal, PHASES, type Phase } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import type { Check } from '../../test-function.ts'
import { givenOf } from '../given.ts'
import type { ProviderStates } from '../provider-states.ts'
import type { StepOperatorSubject } from '../subject.ts'

/** No provider has these; the last ones are what every object of JavaScript has. */
const UNKNOWN = ['ConformanceUnknown', '', ' ', 'null', 'constructor', 'toString', '__proto__', 'hasOwnProperty']

const ANSWERS: readonly unknown[] = [...PHASES, 'ended']

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'every state of the provider has a phase, one that is not known has not ended, and only success is success',
    run: async ({ given, open }) => {
      const { operator } = await open()
      const states = givenOf(given, 'states', operator)
      if (states !== undefined) checkTable(states)
    },
  },
]

function checkTable({ values, phaseOf, ends, successes }: ProviderStates): void {
  const strangers = [...ends, ...successes].filter((value) => !values.includes(value))
  const undone = successes.filter((value) => !ends.includes(value))
  hold(values.length > 0 && ends.length > 0 && strangers.length === 0 && undone.length === 0, {
    seen: `of the states ${shown(values)}, the ends are ${shown(ends)} and the successes ${shown(successes)}`,
    must: 'there are states, some are ends, and every success is one of the ends',
    mend: 'List every member of the enum in `states.values`; in `states.ends` those that nothing follows, in `states.successes` those of them that are a success.',
  })
  for (const value of values) {
    const phase = phaseOf(value)
    hold(ANSWERS.includes(phase), {
      seen: `the state ${shown(value)} has the phase ${shown(phase)}`,
      must: `every member of the provider's enum has one of ${ANSWERS.join(', ')}`,
      mend: 'Add it to the table. Walk the enum of the SDK in a test, so that an update that brings another one is noticed.',
    })
    hold(!hasEnded(phase) || ends.includes(value), {
      seen: `the state ${shown(value)} counts as an end: ${phase}`,
      must: 'a job that may go on has not ended',
      mend: 'Give it queued, provisioning, downloading, running, finalizing or stopping; or list it in `states.ends`, if nothing follows it.',
    })
    hold(hasEnded(phase) || !ends.includes(value), {
      seen: `the state ${shown(value)} counts as ${phase}, so that its job is waited for forever`,
      must: "every state that nothing follows is succeeded, failed, stopped, expired or 'ended'",
      mend: 'Give it the phase that its name says.',
    })
    hold(phase !== 'succeeded' || successes.includes(value), {
      seen: `the state ${shown(value)} counts as success`,
      must: 'only what the provider calls a success is one: not what was stopped, has expired, has failed in part, is paused or goes on',
      mend: "Give it the phase that its name says; 'ended' where an exit code tells whether it was one.",
    })
    hold(phase === 'succeeded' || !successes.includes(value), {
      seen: `the state ${shown(value)}, which is a success, counts as ${phase}`,
      must: 'the state of a job that ended well is succeeded',
      mend: 'Give it succeeded, or take it out of `states.successes` where something else tells how the job ended.',
    })
  }
  for (const value of UNKNOWN.filter((each) => !values.includes(each))) checkUnknown(value, phaseOf)
}

function hasEnded(phase: Phase | 'ended'): boolean {
  return phase === 'ended' || isTerminal(phase)
}

function checkUnknown(value: string, phaseOf: ProviderStates['phaseOf']): void {
  const phase = phaseOf(value)
  hold(ANSWERS.includes(phase) && !hasEnded(phase), {
    seen: `a state that nobody knows, ${shown(value)}, has the phase ${shown(phase)}`,
    must: 'a state that came after the operator was written means that the job goes on',
    mend: "Look with `Object.hasOwn(table, value)` or in a Map, and fall back to 'running'.",
  })
}
