import type { CallFaultKind, Fault, JobFaultKind } from '@sidestep/simulators'

import type { Random } from '../../random.ts'
import type { Scenario } from '../../scenario.ts'
import { freshStrike } from '../../strike.ts'
import { killOn } from '../more-kills.ts'
import { metAll, providerOf, untilMet } from './met-faults.ts'
import { CREATE } from './operations.ts'

/** A provider that does something to calls or jobs, and what comes of it. */
export interface Misfortune {
  readonly name: string
  readonly summary: string
  readonly stack?: string
  /** Kinds with which attempts may fail by it. */
  readonly mayFail?: readonly string[]
  readonly faults: (random: Random) => readonly Fault[]
}

/** The faults meet a launcher that lives, and its jobs; it dies at some moment after, and others go on. */
export function misfortune({ name, summary, stack, mayFail = [], faults: draw }: Misfortune): Scenario {
  return {
    name,
    summary,
    ...(stack === undefined ? {} : { stack }),
    async run(trial) {
      const { random } = trial
      const faults = draw(random)
      const [diesBefore, pauseMs] = [random.chance(0.3), random.int(0, 1_000)]
      const strike = freshStrike(trial)
      trial.prepare({}, ['left', 'right'])
      for (const step of ['left', 'right', 'joined']) trial.mayFail.set(step, mayFail)
      const provider = providerOf(trial)
      provider.addFaults(...faults)
      if (diesBefore) await trial.die(strike)
      const launcher = await trial.launch()
      await untilMet(provider, () => launcher.isAlive)
      await trial.pause(pauseMs)
      launcher.send('SIGKILL')
      await trial.died(launcher, name)
      metAll(trial, provider, name)
      await killOn(trial)
    },
  }
}

/** The same kind of fault for calls of each of these operations. */
export function ofCalls(kind: CallFaultKind, times: number, ...operations: readonly string[]): readonly Fault[] {
  return operations.map((operation) => ({ kind, operation, times }))
}

/** A fault of a job that is created. */
export function ofJob(kind: JobFaultKind, more: Omit<Fault, 'kind' | 'operation'> = {}): Fault {
  return { kind, operation: CREATE, ...more }
}
