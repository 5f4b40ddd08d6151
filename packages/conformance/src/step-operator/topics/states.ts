import { isTerminal, PHASES, type Phase } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import type { Check } from '../../test-function.ts'
import type { ProviderStates } from '../provider-states.ts'
import type { StepOperatorSubject } from '../subject.ts'

/** No provider has these; the last ones are what every object of JavaScript has. */
const UNKNOWN = ['ConformanceUnknown', '', ' ', 'null', 'constructor', 'toString', '__proto__', 'hasOwnProperty']

/** Words for an end that is no success. What ends in "ing" is on its way there. */
const BAD_END = /fail|error|stopped|cancell?ed|abort|expired|evict|preempted|deleted|terminated|timed.?out|dead/i
/** Words for what goes on. */
const GOES_ON = /queue|pending|prepar|provision|download|start(?:ing)?$|running|paus|suspend|waiting|\w+ing$/i

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'every state of the provider has a phase, one that is not known has not ended, and only success is success',
    run: async ({ states }) => {
      if (states !== undefined) checkTable(states)
    },
  },
]

function checkTable({ values, phaseOf }: ProviderStates): void {
  const phases = new Map(values.map((value) => [value, phaseOf(value)]))
  for (const [value, phase] of phases) {
    hold((PHASES as readonly unknown[]).includes(phase), {
      seen: `the state ${shown(value)} has the phase ${shown(phase)}`,
      must: `every member of the provider's enum has one of ${PHASES.join(', ')}`,
      mend: 'Add it to the table. Walk the enum of the SDK in a test, so that an update that brings another one is noticed.',
    })
    hold(!(phase === 'succeeded' && (BAD_END.test(value) || GOES_ON.test(value))), {
      seen: `the state ${shown(value)} counts as success`,
      must: 'only what the provider calls a success is one: not what was stopped, has expired, is paused or goes on',
      mend: 'Give it the phase that its name says.',
    })
    hold(!(isTerminal(phase) && GOES_ON.test(value) && !BAD_END.test(value)), {
      seen: `the state ${shown(value)} counts as an end: ${phase}`,
      must: 'a job that may go on has not ended',
      mend: 'Give it queued, provisioning, downloading, running, finalizing or stopping.',
    })
    hold(isTerminal(phase) || !BAD_END.test(value), {
      seen: `the state ${shown(value)} counts as ${phase}, so that its job is waited for forever`,
      must: 'every state that nothing follows is failed, stopped or expired',
      mend: 'Give it the phase that its name says.',
    })
  }
  const successes = [...phases].filter(([, phase]) => phase === 'succeeded').map(([value]) => value)
  hold(successes.length > 0, {
    seen: `of the states ${values.join(', ')} none is a success`,
    must: 'the state of a job that ended well is succeeded',
    mend: 'List every member of the enum in `states.values`, and hand over the table that the operator itself uses.',
  })
  for (const value of UNKNOWN.filter((each) => !phases.has(each))) checkUnknown(value, phaseOf)
}

function checkUnknown(value: string, phaseOf: (value: string) => Phase): void {
  const phase: unknown = phaseOf(value)
  const known = (PHASES as readonly unknown[]).includes(phase)
  hold(known && !isTerminal(phase as Phase), {
    seen: `a state that nobody knows, ${shown(value)}, has the phase ${shown(phase)}`,
    must: 'a state that came after the operator was written means that the job goes on',
    mend: "Look with `Object.hasOwn(table, value)` or in a Map, and fall back to 'running'.",
  })
}
