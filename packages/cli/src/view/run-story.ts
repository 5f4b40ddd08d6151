import { formatBytes, formatDuration, messageOf, type JobProcess, type RunDetails } from '@sidestep/core'
import { firstLine, withoutStep } from './error-chain.ts'
import { endLine, followLine, goOnLine } from './left-jobs.ts'
import { resultText } from './result-text.ts'
import type { RunModel } from './run-model.ts'
import type { AttemptState, StepState } from './step-state.ts'
import { isOver, ownerText, stateText } from './runs-list.ts'
import { sanitizeLine, sanitizeText } from './sanitize.ts'
import type { Style } from './style.ts'
import { stepLines } from './summary.ts'
import { tableRows } from './table.ts'
import { usageText } from './usage-text.ts'
import { ago, localTime } from './when.ts'

/** What the story of a run depends on beside the run. */
export interface StoryOptions {
  readonly style: Style
  /** Width of the terminal; absent in a pipe. */
  readonly columns?: number
  readonly cwd: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly environmentOf: (process: JobProcess) => string | undefined
  /** The report of the failure, where the run has failed. */
  readonly failure: readonly string[]
}

/** Everything that is known of a run: `sidestep runs show`. The model has all recorded events. */
export function runStory(details: RunDetails, model: RunModel, options: StoryOptions): string[] {
  const { style, failure } = options
  const untold = details.state === 'running' ? {} : { untold: 'unfinished' }
  const table = stepLines(model, { ...options, ...untold, maxRows: Number.POSITIVE_INFINITY })
  return [
    ...headerLines(details, options),
    ...(table.length === 0 ? [] : ['', ...table]),
    ...model.steps.flatMap((step) => attemptLines(step, style)),
    ...artifactLines(details, model, style),
    ...(model.warnings.length === 0
      ? []
      : ['', ...[...new Set(model.warnings)].map((warning) => style('yellow', `warning: ${warning}`))]),
    ...(failure.length === 0 ? [] : ['', ...failure]),
    ...nextLines(details, options.now),
  ]
}

function headerLines(details: RunDetails, { style, now }: StoryOptions): string[] {
  const { runId, pipeline, state, durationMs } = details
  const time = durationMs === undefined ? '' : `, ${formatDuration(durationMs)}`
  const text = resultOf(details)
  const rows: [name: string, value: string | readonly string[]][] = [
    ['stack', sanitizeLine(details.stack)],
    ['store', sanitizeLine(details.storeUri)],
    ['module', moduleText(details)],
    ['started', `${localTime(details.startedAt)} (${ago(details.startedAt, now)})`],
    ['ended', details.endedAt === undefined ? '' : `${localTime(details.endedAt)} (${ago(details.endedAt, now)})`],
    ['launchers', details.launchers.map((launcher) => launcherText(launcher, details, now))],
    ['result', text === undefined ? '' : sanitizeText(text).split('\n')],
  ]
  return [
    `run ${style('bold', runId)} of ${sanitizeLine(pipeline)}: ${stateText(state, style)}${time}`,
    ...tableRows(
      rows.filter(([, value]) => value.length > 0).map(([name, value]) => [style('dim', `  ${name}`), value]),
    ).flat(),
  ]
}

function moduleText({ module, projectFolder }: RunDetails): string {
  if (module === undefined) return ''
  return sanitizeLine(projectFolder === undefined ? module : `${module} in ${projectFolder}`)
}

function launcherText(launcher: RunDetails['launchers'][number], { owner, ends }: RunDetails, now: number): string {
  const { n, machine, process, at } = launcher
  const end = ends.find((candidate) => candidate.n === n)
  const state =
    end !== undefined
      ? `ended ${localTime(end.at)}: ${end.status}`
      : owner?.n === n
        ? owner.state + (owner.lastHeardAt === undefined ? '' : `, heard of ${ago(owner.lastHeardAt, now)}`)
        : 'replaced'
  return sanitizeLine(`${n}  pid ${process.pid} on ${machine.host}, from ${localTime(at)}; ${state}`)
}

function resultOf({ result, resultText: shown, state }: RunDetails): string | undefined {
  if (state !== 'succeeded') return undefined
  return shown ?? resultText(result, { terminal: true })
}

/** The attempts of a step where there is more to say than the table does. */
function attemptLines(step: StepState, style: Style): string[] {
  const [only, ...more] = step.attempts
  if (only === undefined) return []
  const { status, image, usage } = only
  if (more.length === 0 && status === 'succeeded' && image === undefined && usage === undefined) return []
  return [
    '',
    `attempts of ${step.label}`,
    ...step.attempts.flatMap((attempt) => [
      `  ${attempt.number}  ${attemptText(attempt, step)}`,
      ...(attempt.image === undefined ? [] : [style('dim', `     ${sanitizeLine(attempt.image)}`)]),
      ...(attempt.consoleUrl === undefined ? [] : [style('dim', `     ${sanitizeLine(attempt.consoleUrl)}`)]),
      ...(attempt.usage === undefined ? [] : [style('dim', `     used: ${usageText(attempt.usage)}`)]),
    ]),
  ]
}

function attemptText({ status, error, handle, reason: told }: AttemptState, step: StepState): string {
  if (status === 'detached') return 'left as it was: it may go on'
  if (error !== undefined) {
    const reason = sanitizeLine(firstLine(withoutStep(messageOf(error), step.name)))
    return `${status} (${error.kind}): ${reason}`
  }
  if (status !== 'running') return told === undefined ? status : `${status}: ${told}`
  return handle === undefined ? 'begun, and no job of it is known' : 'begun, and its end is not known'
}

function artifactLines(details: RunDetails, model: RunModel, style: Style): string[] {
  const rows = details.steps.flatMap(({ stepRunId, stepName, artifacts }) =>
    artifacts.map(({ name, materializer, size, uri }) => [
      model.step(stepRunId)?.label ?? sanitizeLine(stepName),
      sanitizeLine(name),
      sanitizeLine(materializer),
      formatBytes(size),
      sanitizeLine(uri),
    ]),
  )
  if (rows.length === 0) return []
  const titles = ['artifacts of', 'name', 'type', 'size', 'where'].map((title) => style('dim', title))
  return ['', ...tableRows([titles, ...rows]).flat()]
}

/** What the reader can do with the run. */
function nextLines(details: RunDetails, now: number): string[] {
  const { runId, state } = details
  // The report of a failure says it already.
  if (isOver(state) && state !== 'cancelled') return []
  if (state === 'running') return ['', followLine(runId), endLine(runId)]
  if (state !== 'silent') return ['', goOnLine(runId)]
  const owner = details.owner === undefined ? '' : ` (${ownerText(details.owner, now)})`
  return ['', `its launcher says nothing${owner}; if it is stopped for good: sidestep runs resume ${runId} --take-over`]
}
