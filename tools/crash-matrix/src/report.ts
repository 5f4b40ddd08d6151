import type { Coverage } from './coverage.ts'
import { FIGURES, type Figure } from './finding.ts'
import type { MatrixFlavor } from './flavor.ts'
import { killsIn } from './matrix.ts'
import type { TrialReport } from './run-trial.ts'

/** One line on a trial, and one for each thing that was found. */
export function trialLines(
  report: TrialReport,
  { seed, flavor }: { readonly seed: string; readonly flavor: string },
): string[] {
  const { planned, stack, kills, faults, findings, durationMs, folder } = report
  const { index, scenario } = planned
  const where = kills.map((point) => point ?? 'a moment')
  const what = [...(where.length === 0 ? [] : [`killed at ${where.join(', ')}`]), ...new Set(faults)].join('; ')
  const name = `${scenario.name}#${index}`
  const line = `${findings.length === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(20)} ${stack.padEnd(8)} ${seconds(durationMs).padStart(6)}  ${what}`
  return [
    line,
    ...findings.map(({ figure, message }) => `        ${FIGURES[figure]}: ${message}`),
    ...(findings.length === 0
      ? []
      : [`        again: pnpm crash-matrix --flavor ${flavor} --seed ${seed} --only ${name}    kept: ${folder ?? ''}`]),
  ]
}

/** The table that closes a matrix. */
export function closingLines(
  reports: readonly TrialReport[],
  coverage: Coverage,
  { durationMs, seed, flavor }: { readonly durationMs: number; readonly seed: string; readonly flavor: MatrixFlavor },
): string[] {
  const { killedAt, passed, faults, notDealt, missing } = coverage
  const moments = reports.flatMap(({ kills }) => kills).filter((point) => point === undefined).length
  const points = flavor.points.map((point) => [point, killedAt.get(point) ?? 0, passed.get(point) ?? 0] as const)
  return [
    '',
    'point                    killed   passed',
    ...points.map(
      ([point, killed, times]) => `${point.padEnd(22)} ${String(killed).padStart(8)} ${String(times).padStart(8)}`,
    ),
    `${'moments'.padEnd(22)} ${String(moments).padStart(8)}`,
    '',
    'other faults',
    ...[...faults]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, times]) => `${name.padEnd(22)} ${String(times).padStart(8)}`),
    '',
    ...(notDealt.length === 0 ? [] : [`not dealt in so few runs: ${notDealt.join(', ')}`, '']),
    ...missing.map((text) => `missing: ${text}`),
    ...(Object.keys(FIGURES) as Figure[]).map((figure) => `${FIGURES[figure].padEnd(40)} ${totalOf(reports, figure)}`),
    '',
    `${reports.length} runs, ${killsIn(reports)} kills of launchers, seed ${seed}, ${seconds(durationMs)}`,
  ]
}

/** Whether everything was as promised. */
export function isClean(reports: readonly TrialReport[], { missing }: Coverage): boolean {
  return missing.length === 0 && reports.every(({ findings }) => findings.length === 0)
}

export function totalOf(reports: readonly TrialReport[], figure: Figure): number {
  const findings = reports.flatMap((report) => report.findings)
  return findings.reduce((sum, finding) => (finding.figure === figure ? sum + finding.count : sum), 0)
}

export function seconds(milliseconds: number): string {
  return milliseconds < 120_000 ? `${(milliseconds / 1000).toFixed(1)}s` : `${(milliseconds / 60_000).toFixed(1)}min`
}
