import { inspect } from 'node:util'
import type { RunModel } from './run-model.ts'
import { sanitizeLine } from './sanitize.ts'

/** What stays behind when this process leaves a run that has jobs. */
export function leftJobsLines(model: RunModel): string[] {
  const jobs = model.liveJobs.map(({ step, attempt }) => {
    const url = attempt.consoleUrl === undefined ? '' : `  ${sanitizeLine(attempt.consoleUrl)}`
    return `  ${step.label}, attempt ${attempt.number} on ${step.operator ?? 'this machine'}: ${jobText(attempt.handle)}${url}`
  })
  const starting = model.startingSteps.map((step) => `  ${step.label}: was being started; a job may exist`)
  const left = [...jobs, ...starting]
  if (left.length === 0)
    return ['left at once; no job was left running', ...(model.runId === '' ? [] : [goOnLine(model.runId)])]
  return [
    `left at once; ${left.length === 1 ? 'this job was' : 'these jobs were'} not confirmed as ended:`,
    ...left,
    `The run's records are in ${sanitizeLine(model.storeUri)}/runs/${model.runId}`,
    goOnLine(model.runId),
    endLine(model.runId),
  ]
}

/** By which `sidestep jobs` knows it. */
function jobText(handle: object | undefined): string {
  if (handle !== undefined && 'id' in handle && typeof handle.id === 'string') return sanitizeLine(`job ${handle.id}`)
  return sanitizeLine(inspect(handle, { breakLength: Number.POSITIVE_INFINITY, depth: 3 }))
}

/** How a run is ended, and its jobs with it. */
export function endLine(runId: string): string {
  return `end it: sidestep runs cancel ${runId}`
}

/** How a run that has not succeeded goes on. */
export function goOnLine(runId: string): string {
  return `go on with it: sidestep runs resume ${runId}`
}

/** The same, where it fails again with the code that it began with. */
export function goOnWithCodeLine(runId: string): string {
  return `when the code is mended, ${goOnLine(runId)} --with-current-code`
}

/** How a run that goes on elsewhere is watched. */
export function followLine(runId: string): string {
  return `follow it: sidestep runs attach ${runId}`
}
