import { codeOf, messageOf, SidestepError } from '@sidestep/core/project'
import { errorChain, hintOf, stackOf, tellingLinks, titleOf, withoutStep } from './error-chain.ts'
import { followLine, goOnLine } from './left-jobs.ts'
import type { RunModel } from './run-model.ts'
import type { StepState } from './step-state.ts'
import { sanitizeLine, sanitizeText } from './sanitize.ts'
import type { Locate, SourceLocation } from './source-location.ts'
import type { Style } from './style.ts'
import { systemRefusalHint } from './system-refusal.ts'
import { truncate } from './text.ts'

const MAX_MESSAGE = 4_000
const MAX_MESSAGE_LINES = 20
const LOG_LINES = 10
/** Widest line of code or log that is shown. */
const MAX_COLUMNS = 160

export interface FailureReportOptions {
  readonly style: Style
  readonly locate: Locate
  /** Stack traces too. */
  readonly verbose: boolean
  /** The run that failed; absent where it never began. */
  readonly model?: RunModel
}

/** The one report of a failure: what failed, why and where, what it said last, and what to do next. */
export function failureReport(error: unknown, options: FailureReportOptions): string[] {
  const { style, locate, verbose, model } = options
  const chain = errorChain(error)
  const sidestepErrors = chain.filter((link) => SidestepError.isInstance(link))
  const failed = model?.failedBy(chain)
  const hint = chain.map(hintOf).find((text) => text !== undefined) ?? systemRefusalHint(error)
  const job = sidestepErrors.find((link) => link.job !== undefined)?.job
  const log = (job?.lastLogLines ?? failed?.tail ?? []).slice(-LOG_LINES)
  const location = chain
    .toReversed()
    .flatMap((link) => located(link, locate))
    .at(0)

  return [
    `${style('red', '✖')} ${style('bold', headline(error, failed, model))}`,
    ...reasons(chain, failed),
    ...(location === undefined ? [] : ['', ...codeLines(location, style)]),
    ...(log.length === 0
      ? []
      : [
          '',
          '  last lines of its log',
          ...log.map((line) => style('dim', `  │ ${truncate(sanitizeLine(line), MAX_COLUMNS)}`)),
        ]),
    ...(job?.exitCode === undefined && job?.consoleUrl === undefined
      ? []
      : [
          '',
          `  ${[exitText(job.exitCode), job.consoleUrl]
            .filter((part) => part !== undefined)
            .map(sanitizeLine)
            .join('  ')}`,
        ]),
    ...(hint === undefined ? [] : ['', ...indent(sanitizeText(hint).split('\n'), style('cyan', 'hint: '))]),
    ...alsoFailed(model, failed),
    ...(model === undefined || model.runId === ''
      ? []
      : [
          '',
          style('dim', `  run ${model.runId}, kept in ${sanitizeLine(model.storeUri)}/runs/${model.runId}`),
          style('dim', `  ${nextLine(error, model.runId)}`),
        ]),
    ...(verbose
      ? chain.flatMap((link) => ['', ...indent(sanitizeText(stackOf(link) ?? titleOf(link)).split('\n'), '')])
      : []),
  ]
}

/** Why, link by link. Without a failed step the headline has told the first line of an error of ours. */
function reasons(chain: readonly unknown[], failed: StepState | undefined): string[] {
  const [first, ...causes] = chain
  if (failed !== undefined || !SidestepError.isInstance(first)) {
    return tellingLinks(chain).flatMap((link, index) => [
      '',
      ...indent(cut(withoutStep(titleOf(link), failed?.name ?? '')), index === 0 ? '' : 'caused by: '),
    ])
  }
  const rest = cut(first.message).slice(1)
  const untold = tellingLinks(causes).filter((link) => !first.message.includes(messageOf(link)))
  return [...indent(rest, ''), ...untold.flatMap((link) => ['', ...indent(cut(titleOf(link)), 'caused by: ')])]
}

function headline(error: unknown, failed: StepState | undefined, model: RunModel | undefined): string {
  if (failed !== undefined) {
    const attempts = failed.attempts.length > 1 ? `, attempt ${failed.attempts.length}` : ''
    return `the step ${failed.label} ${failed.status === 'stopped' ? 'was stopped' : 'failed'} (${failed.error?.kind ?? 'step'}${attempts})`
  }
  if (model !== undefined && model.runId !== '' && !SidestepError.isInstance(error)) {
    return `the pipeline ${sanitizeLine(model.pipeline)} failed in its own code, outside of its steps`
  }
  if (systemRefusalHint(error) !== undefined) return 'the operating system refused what Sidestep needs'
  if (!SidestepError.isInstance(error)) return 'an unexpected error inside Sidestep'
  return `${cut(error.message)[0]?.replace(/:$/, '')} (${error.code})`
}

function located(link: unknown, locate: Locate): SourceLocation[] {
  const stack = stackOf(link)
  const location = stack === undefined ? undefined : locate(stack)
  return location === undefined ? [] : [location]
}

function codeLines({ path, line, column, code }: SourceLocation, style: Style): string[] {
  const place = `  ${style('cyan', sanitizeLine(`${path}:${line}:${column}`))}`
  if (code === undefined || code.trim() === '' || column > MAX_COLUMNS) return [place]
  const gutter = `  ${line} │ `
  // One character for one: the caret below must stay in its column.
  const shown = truncate(sanitizeLine(code.replaceAll('\t', ' ')), MAX_COLUMNS)
  return [place, `${style('dim', gutter)}${shown}`, `${' '.repeat(gutter.length + column - 1)}${style('red', '^')}`]
}

function alsoFailed(model: RunModel | undefined, first: StepState | undefined): string[] {
  const others = model?.steps.filter((step) => step !== first && step.status === 'failed') ?? []
  if (first === undefined || others.length === 0) return []
  const listed = others.slice(0, 5)
  const left = others.length - listed.length
  return [
    '',
    ...listed.map(
      (step) =>
        `  also failed: ${step.label} (${step.error?.kind ?? 'step'}): ${cut(withoutStep(messageOf(step.error), step.name)).at(0) ?? ''}`,
    ),
    ...(left === 0 ? [] : [`  and ${left} more steps failed`]),
  ]
}

/** What to do with the run: one that another launcher has taken over goes on without this one. */
function nextLine(error: unknown, runId: string): string {
  return codeOf(error) === 'RUN_TAKEN_OVER' ? followLine(runId) : goOnLine(runId)
}

function exitText(exitCode: number | undefined): string | undefined {
  return exitCode === undefined ? undefined : `exit code ${exitCode}`
}

function cut(text: string): string[] {
  const shown = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text
  const lines = sanitizeText(shown).split('\n')
  return lines.length > MAX_MESSAGE_LINES ? [...lines.slice(0, MAX_MESSAGE_LINES), '…'] : lines
}

function indent(lines: readonly string[], prefix: string): string[] {
  return lines.map((line, index) => `  ${index === 0 ? prefix : ''}${line}`)
}

/** Said where {@link isUnexpected} holds. */
export const PLEASE_REPORT = 'This is a mistake in Sidestep: please report it, with the output of --verbose.'

/** Whether the CLI itself is to blame, and wants to hear of it. */
export function isUnexpected(error: unknown): boolean {
  if (SidestepError.isInstance(error)) return error.code === 'INTERNAL'
  return codeOf(error) !== 'EPIPE' && systemRefusalHint(error) === undefined
}
