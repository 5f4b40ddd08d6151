import { codeOf, messageOf, SidestepError, systemRefusalHint, type ErrorCode } from '@sidestep/core/project'
import { errorChain, firstLine, hintOf, ownCodeOf, stackOf, tellingLinks, titleOf, withoutStep } from './error-chain.ts'
import { followLine, goOnLine, goOnWithCodeLine } from './left-jobs.ts'
import type { RunModel } from './run-model.ts'
import type { StepState } from './step-state.ts'
import { sanitizeLine, sanitizeText } from './sanitize.ts'
import type { Locate, SourceLocation } from './source-location.ts'
import type { Style } from './style.ts'
import { truncate } from './text.ts'

const MAX_MESSAGE = 4_000
const MAX_MESSAGE_LINES = 20
const LOG_LINES = 10
/** Codes that say no more than the kind of the failure does. */
const SAID_BY_KIND: readonly (ErrorCode | undefined)[] = [
  'STEP_FAILED',
  'STEP_TIMEOUT',
  'STEP_STOPPED',
  'JOB_FAILED',
  undefined,
]
/** What the code asks for, and cannot have: nothing but another code helps. */
const CODE_IS_WRONG: readonly (ErrorCode | undefined)[] = [
  'BUNDLE_FAILED',
  'CONFIG_INVALID',
  'IMAGE_INVALID',
  'PIPELINE_IN_JOB',
  'REQUIREMENTS_UNRESOLVED',
  'RESOURCES_UNAVAILABLE',
  'STEP_DUPLICATE',
  'STEP_OUTSIDE_RUN',
  'STEP_UNKNOWN',
  'VALUE_NOT_STORABLE',
]
/** Widest line of code or log that is shown. */
const MAX_COLUMNS = 160

export interface FailureReportOptions {
  readonly style: Style
  readonly locate: Locate
  /** Stack traces too. */
  readonly verbose: boolean
  /** The run that failed; absent where it never began. */
  readonly model?: RunModel
  /** Of a run that was given no input: what to do where the pipeline's own code fails for it. */
  readonly noInputHint?: string
}

/** The one report of a failure: what failed, why and where, what it said last, and what to do next. */
export function failureReport(error: unknown, options: FailureReportOptions): string[] {
  const { style, locate, verbose, model, noInputHint } = options
  const chain = errorChain(error)
  const sidestepErrors = chain.filter((link) => SidestepError.isInstance(link))
  const failed = model?.failedBy(chain)
  const lacksInput = failed === undefined && isInOwnCode(error, model) && error instanceof TypeError
  const hint =
    chain.map(hintOf).find((text) => text !== undefined) ??
    systemRefusalHint(error) ??
    (lacksInput ? noInputHint : undefined)
  // Some messages end with it: those of a job are all that is left of its error.
  const isHintSaid = hint !== undefined && chain.some((link) => messageOf(link).includes(hint))
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
    ...(hint === undefined || isHintSaid
      ? []
      : ['', ...indent(sanitizeText(hint).split('\n'), style('cyan', 'hint: '))]),
    ...alsoFailed(model, failed),
    ...(model === undefined || model.runId === ''
      ? []
      : [
          '',
          style('dim', `  run ${model.runId}, kept in ${sanitizeLine(model.storeUri)}/runs/${model.runId}`),
          style(
            'dim',
            `  ${nextLine(error, { runId: model.runId, failed, lacksInput: hint !== undefined && hint === noInputHint })}`,
          ),
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
    const code = codeNamed(failed.error)
    const named = code === undefined ? '' : `, ${code}`
    return `the step ${failed.label} ${failed.status === 'stopped' ? 'was stopped' : 'failed'} (${failed.error?.kind ?? 'step'}${named}${attempts})`
  }
  if (model !== undefined && isInOwnCode(error, model)) {
    return `the pipeline ${sanitizeLine(model.pipeline)} failed in its own code, outside of its steps`
  }
  if (systemRefusalHint(error) !== undefined) return 'the operating system refused what Sidestep needs'
  if (!SidestepError.isInstance(error)) return 'an unexpected error inside Sidestep'
  return `${cut(error.message)[0]?.replace(/:$/, '')} (${error.code})`
}

/** What an error can be looked up by: its own code, or where that says little, the one of its cause. */
function codeNamed(error: unknown): ErrorCode | undefined {
  const codes = errorChain(error).map((link) => ownCodeOf(link) as ErrorCode | undefined)
  return codes.find((code) => !SAID_BY_KIND.includes(code))
}

/** Whether the pipeline's function threw it. Expects that no step did. */
function isInOwnCode(error: unknown, model: RunModel | undefined): boolean {
  return model !== undefined && model.runId !== '' && !SidestepError.isInstance(error)
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
        `  also failed: ${step.label} (${step.error?.kind ?? 'step'}): ${cut(firstLine(withoutStep(messageOf(step.error), step.name))).at(0) ?? ''}`,
    ),
    ...(left === 0 ? [] : [`  and ${left} more steps failed`]),
  ]
}

/** What to do with the run: one that another launcher has taken over goes on without this one. */
function nextLine(
  error: unknown,
  {
    runId,
    failed,
    lacksInput,
  }: { readonly runId: string; readonly failed: StepState | undefined; readonly lacksInput: boolean },
): string {
  if (codeOf(error) === 'RUN_TAKEN_OVER') return followLine(runId)
  const isCode = CODE_IS_WRONG.includes(codeNamed(failed?.error ?? error))
  // It would go on without the input, too.
  return isCode || lacksInput ? goOnWithCodeLine(runId) : goOnLine(runId)
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
