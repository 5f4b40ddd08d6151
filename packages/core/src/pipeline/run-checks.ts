import type { EncodedInput } from '../artifact/encode-input.ts'
import { configError, type SidestepError } from '../errors.ts'
import type { RunRecord } from '../journal/run-record.ts'

/** Throws `RUN_CONFLICT` where a run of this id is one of another pipeline. */
export function checkSamePipeline({ runId, pipeline }: RunRecord, wanted: string): void {
  if (pipeline === wanted) return
  throw conflict(`${runId} is a run of the pipeline ${pipeline}, not of ${wanted}`)
}

/** Throws `RUN_CONFLICT` where a run lies in another artifact store. */
export function checkSameStore({ runId, stack }: RunRecord, storeUri: string, wanted: string): void {
  if (storeUri === wanted) return
  throw conflict(
    `the run ${runId} lies in ${storeUri}, and the given stack stores in ${wanted}`,
    `Resume it with the stack ${stack.name}, which it began with.`,
  )
}

/** Throws `RUN_CONFLICT` where a run belongs to another journal, and this one has not taken it in. */
export function checkSameJournal({ runId, journalId }: RunRecord, journal: string, storeUri: string): void {
  if (journalId === journal) return
  throw conflict(
    `there is a run ${runId} in ${storeUri}, of which the journal of this project does not know`,
    `\`sidestep runs attach ${storeUri}/runs/${runId}\` takes it in.`,
  )
}

/** Throws `RUN_CONFLICT` where a run began with another input, or with one that nobody has any more. */
export function checkSameInput({ runId, inputDigest }: RunRecord, given: EncodedInput, kind: 'start' | 'resume'): void {
  if (kind === 'start' && given.digest !== inputDigest) {
    throw conflict(
      `the run ${runId} began with another input`,
      `\`sidestep runs resume ${runId}\` goes on with the one that it began with.`,
    )
  }
  if (kind === 'resume' && inputDigest === '') {
    throw conflict(
      `the run ${runId} was given an input that could not be stored`,
      'Give it again: pipeline.run(input, { runId }).',
    )
  }
}

function conflict(message: string, hint = 'An id names one run: leave it out to get a new one.'): SidestepError {
  return configError('RUN_CONFLICT', message, hint)
}
