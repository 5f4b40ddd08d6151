import { formatBytes, formatDuration, type Plan, type PlannedImage, type PlannedStep } from '@sidestep/core'
import { failureReport } from './failure-report.ts'
import { readableLines } from './readable.ts'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { tableRows } from './table.ts'

export interface PlanTextOptions {
  readonly style: Style
  readonly verbose: boolean
}

/** A plan for people: what every step with an operator asks for, and what is wrong with it. */
export function planText(plan: Plan, options: PlanTextOptions): string[] {
  const { style } = options
  const module = plan.module === undefined ? '' : ` in ${plan.module}`
  const head = sanitizeLine(`pipeline ${plan.pipeline}${module} on the stack ${plan.stack}`)
  if (plan.steps.length === 0) {
    return [style('bold', head), '', 'none of its steps has an operator: all of them run in the process of the command']
  }
  return [style('bold', head), ...plan.steps.flatMap((step) => ['', ...stepText(step, options)])]
}

function stepText(step: PlannedStep, { style, verbose }: PlanTextOptions): string[] {
  const { stepName, operator, flavor, source, image, request, noRequest, config, problem } = step
  const on = flavor === undefined || flavor === operator ? operator : `${operator} (flavor ${flavor})`
  const where = source === undefined ? '' : `  ${style('dim', sanitizeLine(source))}`
  return [
    `${style('bold', sanitizeLine(stepName))} on ${sanitizeLine(on)}${where}`,
    ...settingLines(step),
    ...(image === undefined ? [] : imageLines(image)),
    ...(request === undefined ? [] : ['  request:', ...block(request)]),
    ...(noRequest === undefined ? [] : [`  no request: ${sanitizeLine(noRequest)}`]),
    ...(config === undefined ? [] : ['  config of the operator:', ...block(config)]),
    ...(problem === undefined
      ? []
      : failureReport(problem, { style, locate: () => undefined, verbose }).map((line) =>
          line === '' ? '' : `  ${line}`,
        )),
  ]
}

function settingLines({ resources, timeouts, retry }: PlannedStep): string[] {
  const limits = Object.entries(timeouts ?? {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  const asked = Object.entries(resources ?? {}).filter(([, value]) => value !== undefined)
  return [
    ...(asked.length === 0
      ? []
      : [`  resources: ${asked.map(([name, value]) => `${name} ${String(value)}`).join(', ')}`]),
    ...(limits.length === 0
      ? []
      : [`  timeouts: ${limits.map(([name, ms]) => `${name.replace(/Ms$/, '')} ${formatDuration(ms)}`).join(', ')}`]),
    ...(retry === undefined || retry.maxAttempts === 1
      ? []
      : [`  retry: up to ${retry.maxAttempts} attempts${retry.on === undefined ? '' : `, on ${retry.on.join(', ')}`}`]),
  ].map(sanitizeLine)
}

function imageLines({ reference, parts }: PlannedImage): string[] {
  // What has any length comes last: it takes no width from what is beside it.
  const rows = parts.map(({ name, description, size }) => [
    `    ${sanitizeLine(name)}`,
    size === undefined ? '' : formatBytes(size),
    sanitizeLine(description),
  ])
  return [`  image:${reference === undefined ? '' : ` ${sanitizeLine(reference)}`}`, ...tableRows(rows).flat()]
}

function block(value: object): string[] {
  return readableLines(value).map((line) => `    ${line}`)
}
