import { execFileSync } from 'node:child_process'

import { pipeline, step, type Pipeline, type Step } from '@sidestep/core'

import { temporaryHome } from './home.ts'
import { median, type Report } from './report.ts'

const ROUNDS = 11

/** Says when its first line ran, by the clock that both processes share. */
const firstLine: Step<number, number> = step({ name: 'first-line', stepOperator: true }, (_round: number) => Date.now())

const called: { at: number } = { at: 0 }
const single: Pipeline<number, number> = pipeline(
  'first-line',
  async (round: number) => {
    called.at = Date.now()
    return (await firstLine(round)).value()
  },
  { module: import.meta.url },
)

function bareStart(): number {
  const start = performance.now()
  execFileSync(process.execPath, ['-e', ''])
  return performance.now() - start
}

/** What a local step costs to its first line, beside bare starts of Node.js. */
export async function localStep(): Promise<Report> {
  using _home = temporaryHome()
  // The first run bundles, and bundles are kept: what it takes is told apart.
  const first = (await single.run(-1)) - called.at
  const bare: number[] = []
  const steps: number[] = []
  // In turn, so that a machine that changes its speed changes both.
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bareStart())
    steps.push((await single.run(round)) - called.at)
  }
  const bareMs = median(bare)
  return {
    title: 'local-step: a local step to its first line, in bare starts of Node.js',
    figures: [
      { what: 'step of a module bundled before', value: median(steps) / bareMs, target: 8 },
      { what: 'step of a new module', value: first / bareMs },
    ],
    notes: [`medians of ${ROUNDS} rounds; a bare start takes ${bareMs.toFixed(0)} ms here, today`],
  }
}
