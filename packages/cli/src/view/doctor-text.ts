import type { Finding } from '../doctor/check.ts'
import { counted } from './counted.ts'
import { sanitizeText } from './sanitize.ts'
import type { Style } from './style.ts'
import { pad } from './text.ts'

const MARKS = { ok: '✔', warning: '!', problem: '✖' } as const satisfies Readonly<Record<Finding['state'], string>>
const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red' } as const satisfies Readonly<
  Record<Finding['state'], string>
>

/** A line for each finding: what was tried and what came of it, and below what to do. */
export function doctorText(findings: readonly Finding[], style: Style): string[] {
  const width = Math.max(0, ...findings.map(({ check }) => check.length))
  const problems = findings.filter(({ state }) => state === 'problem').length
  const warnings = findings.filter(({ state }) => state === 'warning').length
  return [
    ...findings.flatMap((finding) => findingText(finding, { style, width })),
    '',
    problems + warnings === 0
      ? 'nothing is wrong'
      : [problems === 0 ? [] : counted(problems, 'problem'), warnings === 0 ? [] : counted(warnings, 'warning')]
          .flat()
          .join(', '),
  ]
}

/** `doctor --output json`: every field is there. */
export function jsonFindings(findings: readonly Finding[]): Readonly<Record<string, unknown>> {
  return {
    ok: findings.every(({ state }) => state !== 'problem'),
    checks: findings.map(({ check, tried, state, found, hint }) => ({
      check,
      tried,
      state,
      found,
      hint: hint ?? null,
    })),
  }
}

function findingText(
  { check, tried, state, found, hint }: Finding,
  { style, width }: { readonly style: Style; readonly width: number },
): string[] {
  const indent = ' '.repeat(width + 4)
  const [first = '', ...rest] = sanitizeText(found).split('\n')
  return [
    `${style(COLOURS[state], MARKS[state])} ${pad(check, width)}  ${style('dim', `${tried}:`)} ${first}`,
    ...rest.map((line) => `${indent}${line}`),
    ...(hint === undefined ? [] : sanitizeText(hint).split('\n')).map(
      (line, index) => `${indent}${index === 0 ? style('cyan', 'hint: ') : ''}${line}`,
    ),
  ]
}
