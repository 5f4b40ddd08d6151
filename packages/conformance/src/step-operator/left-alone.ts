import { hold } from '../hold.ts'
import { story, told, type CaseRun } from './run-case.ts'

/** How long what nobody can stop goes on: longer than it may, and not for long. In milliseconds. */
export const ENDS_BY_ITSELF_MS = 6_000

/**
 * A step whose time is over, of an operator that cannot end its job: that one goes on to its own end. The step succeeds
 * with it, or fails for its time, or because its job was left running. `what`: of which timeout, as the finding tells it.
 */
export function expectLeftAlone(run: CaseRun<unknown>, step: { readonly stepName: string }, what: string): void {
  const { stepName } = step
  const ended = run.events.find((event) => event.type === 'step.succeeded' && event.stepName === stepName)
  const failed = run.events.find((event) => event.type === 'step.failed' && event.stepName === stepName)
  const error = failed?.type === 'step.failed' ? failed.error : undefined
  const said = error?.kind === 'timeout' || error?.message.includes('left running') === true
  hold(ended !== undefined || said, () => ({
    seen: `a step whose ${what} timeout had passed, and which the operator cannot end, ended as ${error === undefined ? 'nothing' : told(error)}\n${story(run.events)}`,
    must: 'its job goes on to its own end; the step succeeds with it, or fails with the kind timeout, or because its job was left running',
    mend: 'Without `cancel`, launch() goes on until its job has ended. cancel() of a service rejects with a SidestepError of another kind than infra that says that its provider cannot stop jobs.',
  }))
}
