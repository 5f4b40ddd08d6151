import { inspect } from 'node:util'

import type { LaunchReport } from '../operator/launch-context.ts'
import { PHASES } from '../operator/phases.ts'

/** Longest line that stands for what is no report, in characters. */
const LONGEST = 2_000

/** What each report must be, in the words of a warning. */
const SHAPES: Readonly<Record<LaunchReport['type'], string>> = {
  observed:
    "{ type: 'observed', observation: { phase, at, phases? } }, with the time as ISO 8601 text and a phase of " +
    PHASES.join(', '),
  handle: "{ type: 'handle', handle, consoleUrl? }, with an object of JSON as the handle",
  log: "{ type: 'log', line }, with a text",
  warning: "{ type: 'warning', message }, with a text",
}

/** What an operator reported, as it is shown. */
export interface CheckedReport {
  /** Nothing in it can break a view or a journal: it is a copy, made of JSON. */
  readonly report: LaunchReport
  /** How it should have been reported. */
  readonly warning?: string
}

/** Takes whatever an operator reports: what is no {@link LaunchReport} becomes a line of the log. Never throws. */
export function checkReport(event: unknown): CheckedReport {
  const copy = jsonCopy(event)
  const report = isRecord(copy) ? asReport(copy) : undefined
  if (report !== undefined) return { report }
  const line = typeof event === 'string' ? event : shown(event, copy)
  const log: LaunchReport = { type: 'log', line: line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line }
  // Words of the operator's own are nothing to complain of.
  if (isRecord(copy) && !Object.hasOwn(copy, 'type')) return { report: log }
  return { report: log, warning: warningAbout(isRecord(copy) ? copy['type'] : undefined) }
}

function asReport(event: JsonRecord): LaunchReport | undefined {
  const { observation, handle, consoleUrl } = event
  switch (event['type']) {
    case 'observed':
      return isObservation(observation) ? (event as unknown as LaunchReport) : undefined
    case 'handle':
      return isRecord(handle) && isTextOrAbsent(consoleUrl) ? (event as unknown as LaunchReport) : undefined
    case 'log':
      return typeof event['line'] === 'string' ? { type: 'log', line: event['line'] } : undefined
    case 'warning':
      return typeof event['message'] === 'string' ? { type: 'warning', message: event['message'] } : undefined
    default:
      return undefined
  }
}

function isObservation(value: unknown): boolean {
  if (!isRecord(value) || !isPhaseStart(value)) return false
  const { providerState, phases } = value
  return (
    isTextOrAbsent(providerState) && (phases === undefined || (Array.isArray(phases) && phases.every(isPhaseStart)))
  )
}

function isPhaseStart(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { phase, at } = value
  return (PHASES as readonly unknown[]).includes(phase) && typeof at === 'string' && !Number.isNaN(Date.parse(at))
}

function warningAbout(type: unknown): string {
  const shape =
    typeof type === 'string' && Object.hasOwn(SHAPES, type) ? SHAPES[type as LaunchReport['type']] : undefined
  const told = 'the step operator reported what is no report, and it is shown as it is'
  if (shape !== undefined) return `${told}. Right is ${shape}`
  return `${told}. There are ${Object.keys(SHAPES).join(', ')}, such as ${SHAPES.log}`
}

type JsonRecord = Readonly<Record<string, unknown>>

/** Without getters, proxies, cycles and whatever else an object may have; `undefined` for what is no JSON. */
function jsonCopy(value: unknown): unknown {
  try {
    const text: string | undefined = JSON.stringify(value)
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function shown(event: unknown, copy: unknown): string {
  if (copy !== undefined) return JSON.stringify(copy)
  try {
    return inspect(event, { breakLength: Infinity, compact: true, customInspect: false })
  } catch {
    return `something of the type ${typeof event}`
  }
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}
