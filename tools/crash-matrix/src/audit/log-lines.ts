import type { Finding } from '../finding.ts'
import { lineOf } from '../project/numbers.ts'
import { stepNameOf, type StoredAttempt } from '../store-reader.ts'
import type { Trial } from '../trial.ts'

interface Line {
  readonly n: number
  readonly stream: string
  readonly text: string
}

/**
 * Log lines lost or doubled in the store: of each attempt whose job wrote a result, the chunks of the incarnation that
 * wrote it hold lines 1 to the number that the result says, each once, and what the step printed, in its order.
 */
export async function badLogs(trial: Trial, attempts: readonly StoredAttempt[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { stepRunId, attempt, result } of attempts) {
    if (result?.incarnation === undefined || result.logs === undefined) continue
    const step = stepNameOf(stepRunId)
    if (!trial.files.evidence().some((line) => line.step === step && line.job !== undefined)) continue
    const prefix = `runs/${trial.runId}/${stepRunId}/${attempt}/${result.incarnation}/logs/`
    const lines: Line[] = []
    let chunks = 0
    for (let bytes; (bytes = await trial.store.get(`${prefix}${chunks + 1}.jsonl`)) !== undefined; chunks += 1) {
      const texts = Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1)
      lines.push(...texts.map((text) => JSON.parse(text) as Line))
    }
    const numbers = lines.map(({ n }) => n)
    const said = lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text)
    const expected = Array.from({ length: trial.input.lines }, (_, i) => lineOf(step, i + 1))
    const wrong = differences(said, expected) + differences(numbers, upTo(result.logs.lines))
    const name = `${stepRunId}, attempt ${attempt}`
    // A step that was ended had not said everything.
    const whole = result.status === 'succeeded' || result.kind === 'step'
    if (whole && wrong > 0) findings.push(found(`${name}: ${said.length} lines instead of ${expected.length}`, wrong))
    if (chunks !== result.logs.chunks) findings.push(found(`${name}: ${chunks} chunks, not ${result.logs.chunks}`))
  }
  return findings
}

/** Log lines doubled in what a launcher showed: one process shows no line of a job twice. */
export async function doubledInView(trial: Trial, attempts: readonly StoredAttempt[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [index, launcher] of trial.launchers.entries()) {
    const shown = (await launcher.ended).stderr
      .split('\n')
      .filter((line) => /^\[[^\]]+\] \S+ says line \d+$/.test(line))
    for (const [line, times] of Map.groupBy(shown, (text) => text)) {
      const step = line.slice(line.indexOf('] ') + 2).split(' ')[0]
      // Each attempt, and each start of the process in it, prints all of its lines.
      const starts = attempts
        .filter(({ stepRunId }) => stepNameOf(stepRunId) === step)
        .flatMap(({ keys }) => keys.filter((key) => key.startsWith('incarnation-')))
      const more = times.length - starts.length
      if (more > 0) findings.push(found(`launcher ${index + 1} showed "${line}" ${times.length} times`, more))
    }
  }
  return findings
}

/** Log lines lost or doubled by `sidestep runs logs`: of every step that succeeded, it shows each line once. */
export async function badView(trial: Trial, attempts: readonly StoredAttempt[]): Promise<Finding[]> {
  if (!attempts.some(({ result }) => result?.incarnation !== undefined)) return []
  const end = await trial.start(['runs', 'logs', trial.runId, '--output', 'json']).ended
  if (end.code !== 0) return [found(`runs logs ended with ${end.code}: ${end.stderr}`)]
  const shown = end.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line & { readonly stepRunId: string; readonly attempt: number })
  return attempts.flatMap(({ stepRunId, attempt, result }) => {
    if (result?.status !== 'succeeded' || result.logs === undefined) return []
    const own = shown.filter((line) => line.stepRunId === stepRunId && line.attempt === attempt).map(({ n }) => n)
    const wrong = differences(own, upTo(result.logs.lines))
    return wrong === 0
      ? []
      : [found(`runs logs showed ${own.length} of ${result.logs.lines} lines of ${stepRunId}`, wrong)]
  })
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1)
}

/** How many entries are not where they belong. */
function differences<T>(got: readonly T[], expected: readonly T[]): number {
  const length = Math.max(got.length, expected.length)
  return Array.from({ length }, (_, i) => (got[i] === expected[i] ? 0 : 1)).reduce<number>((sum, n) => sum + n, 0)
}

function found(message: string, count: number = 1): Finding {
  return { figure: 'log-lines', message, count }
}
