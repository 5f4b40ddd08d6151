import { formatDuration, isTerminal, type RunEvent, type SidestepError } from '@sidestep/core'
import { firstLine, withoutStep } from './error-chain.ts'
import type { RunModel } from './run-model.ts'
import { sanitizeLine } from './sanitize.ts'
import { logLines, type StepState } from './step-state.ts'
import { usageText } from './usage-text.ts'

/**
 * What one event says in a pipe, as whole lines without escapes: `[step] text` for a log line, `[step] -- text` for
 * what became of the step. The model has the event already.
 */
export function plainLines(event: RunEvent, model: RunModel): string[] {
  switch (event.type) {
    case 'run.started':
      return [
        `run ${event.runId} of ${sanitizeLine(event.pipeline)} on the stack ${sanitizeLine(event.stack)}${
          event.launcher === 1 ? '' : ` goes on, with launcher ${event.launcher}`
        }`,
      ]
    case 'warning':
      return [
        event.stepName === undefined
          ? `warning: ${sanitizeLine(event.message)}`
          : `[${sanitizeLine(event.stepName)}] -- warning: ${sanitizeLine(event.message)}`,
      ]
    case 'run.succeeded':
    case 'run.failed':
    case 'run.cancelled':
      // The summary says so.
      return []
    default: {
      const step = model.step(event.stepRunId)
      if (step === undefined) return []
      const prefix = `[${step.label}]`
      if (event.type === 'log') {
        const mark = event.stream === 'image' ? `${prefix} -- image:` : prefix
        return logLines(event).map((line) => `${mark} ${line}`)
      }
      const text = stepText(event, step)
      return text === undefined ? [] : [`${prefix} -- ${text}`]
    }
  }
}

type StepEvent = Exclude<Extract<RunEvent, { readonly stepRunId: string }>, { readonly type: 'log' }>

function stepText(event: StepEvent, step: StepState): string | undefined {
  switch (event.type) {
    case 'step.started':
      return event.operator === undefined ? 'started in this process' : `started on ${sanitizeLine(event.operator)}`
    case 'attempt.started':
      return event.attempt === 1 ? undefined : `attempt ${event.attempt}`
    case 'attempt.phase':
      // How the step ended follows, after the rest of its log.
      if (isTerminal(event.phase) || step.operator === undefined) return undefined
      return step.providerState === undefined ? event.phase : `${event.phase} (${step.providerState})`
    case 'attempt.image':
      return `image: ${sanitizeLine(event.image)}`
    case 'attempt.handle':
      return event.consoleUrl === undefined ? undefined : `job: ${sanitizeLine(event.consoleUrl)}`
    case 'attempt.usage':
      return `used: ${usageText(event.usage)}`
    case 'attempt.ended':
      if (event.detached === true) return `attempt ${event.attempt} goes on without this process`
      if (!event.willRetry || event.error === undefined) return undefined
      return `attempt ${event.attempt} failed (${event.error.kind}): ${reasonOf(event.error, step)}; trying again`
    case 'step.succeeded':
      if (event.cached) return 'taken from the cache'
      if (event.kept === true) return 'kept: its result is there from before'
      return `succeeded in ${formatDuration(event.durationMs)}`
    case 'step.failed':
      return `${step.status} after ${formatDuration(event.durationMs)} (${event.error.kind}): ${reasonOf(event.error, step)}`
  }
}

/** Why, in one line. */
function reasonOf(error: SidestepError, step: StepState): string {
  return sanitizeLine(firstLine(withoutStep(error.message, step.name)))
}
