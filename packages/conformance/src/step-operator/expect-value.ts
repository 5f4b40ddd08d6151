import { hold, shown } from '../hold.ts'
import { story, valueOf, type CaseRun } from './run-case.ts'

/** That the one step of a run returned this, however it was launched. */
export function expectValue(run: CaseRun<readonly unknown[]>, value: number): void {
  const [seen] = valueOf(run)
  hold(seen === value, () => ({
    seen: `the step did not return ${value} but ${shown(seen)}:\n${story(run.events)}`,
    must: 'a job that succeeded is a success, however often and by whomever it was launched',
    mend: 'A launch() that finds the job of its token waits for that one.',
  }))
}
