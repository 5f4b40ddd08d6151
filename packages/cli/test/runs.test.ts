import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { JsonReport } from '../src/view/json-report.ts'
import type { JsonRun, JsonRunDetails } from '../src/view/json-runs.ts'
import { createGatedProject, type GatedProject } from './helpers/gated-project.ts'
import { createProject } from './helpers/project.ts'
import { sidestep, sidestepEach, startSidestep, type Finished } from './helpers/sidestep.ts'
import { until } from './helpers/until.ts'

let project: GatedProject
let cwd: string

beforeAll(async () => {
  project = await createGatedProject({
    'flaky.ts': `
import { existsSync } from 'node:fs'
import { pipeline, step } from '@sidestep/core'

const fit = step({ name: 'fit', stepOperator: true }, (file: string) => {
  console.log('fitting')
  if (!existsSync(file)) throw new RangeError('there is no ' + file)
  return 'fitted'
})
export default pipeline('flaky', async (file: string) => fit(file))
`,
    'classy.ts': `
import { BaseStepOperator, pipeline, SidestepError, Stack, step } from '@sidestep/core'
import { localArtifactStore } from '@sidestep/local'

class Nowhere extends BaseStepOperator {
  static override readonly FLAVOR = 'nowhere'
  async launch(): Promise<void> {
    throw new SidestepError('there is no machine', { code: 'JOB_FAILED', kind: 'quota' })
  }
}
export const stack = new Stack({
  name: 'classy',
  artifactStore: localArtifactStore({}),
  stepOperators: { nowhere: new Nowhere({}) },
})
const fit = step({ name: 'fit', stepOperator: true }, () => 1)
export default pipeline('classy', async () => fit())
`,
  })
  cwd = project.folder
})

afterAll(() => project.remove())

function call(...args: readonly string[]): Promise<Finished> {
  return sidestep(args, { cwd })
}

/** Starts a run whose job waits at its gate, and kills its launcher. */
async function killedRun(runId: string): Promise<void> {
  const run = startSidestep(['run', 'pipeline.ts', '--id', runId, '--input', project.input(runId)], { cwd })
  await until('the job runs', () => run.stderr().includes('[sum] adding 4'))
  run.child.kill('SIGKILL')
  await run.finished
}

test('an empty journal says how to start', async () => {
  const { folder, remove } = await createProject({}, { withHome: false })
  onTestFinished(remove)
  const [list, asJson, last, jobs] = await sidestepEach(
    [
      ['runs', 'list'],
      ['runs', 'list', '--output', 'json'],
      ['runs', 'show', 'last'],
      ['jobs', 'list'],
    ],
    { cwd: folder },
  )
  expect([list?.code, list?.stdout]).toEqual([0, ''])
  expect(list?.stderr).toMatch(/^there is no run in .+ yet; start one: sidestep run FILE\n$/)
  expect([asJson?.stdout, last?.code, jobs?.code]).toEqual(['[]\n', 2, 0])
  expect(existsSync(`${folder}/.sidestep`)).toBe(false)
})

test('a stack with an operator that is an instance of a class is taken from the file that exports it', async () => {
  const begun = await call('run', 'classy.ts', '--id', 'classy', '--stack', 'classy')
  expect([begun.code, begun.stderr]).toEqual([1, expect.stringContaining('there is no machine')])
  const resumed = await call('runs', 'resume', 'classy')
  expect([resumed.code, resumed.stderr]).toEqual([1, expect.stringContaining('there is no machine')])
})

test('a run whose launcher was killed is shown, resumed with the same job, and told as one story', async () => {
  await killedRun('killed')
  const [asJson, listed, shown, attached, doctor] = await sidestepEach(
    [
      ['runs', 'list', '--output', 'json'],
      ['runs', 'list'],
      ['runs', 'show', 'kil'],
      ['runs', 'attach', 'killed'],
      ['doctor'],
    ],
    { cwd },
  )
  expect((JSON.parse(asJson?.stdout ?? '') as JsonRun[]).slice(0, 1)).toMatchObject([
    { runId: 'killed', pipeline: 'sums', state: 'interrupted', owner: { n: 1, state: 'gone' } },
  ])
  expect(listed?.stdout).toMatch(/^killed +sums +default +interrupted .+ pid \d+ on \S+, gone$/m)
  expect(doctor?.stdout).toMatch(/^! runs .+ killed(?:, .+)?\n +hint: `sidestep runs resume ID` goes on with one/m)

  expect(shown?.stdout).toMatch(/^run killed of sums: interrupted$/m)
  expect(shown?.stdout).toMatch(/^load +succeeded .+ the launcher, pid \d+ on/m)
  expect(shown?.stdout).toMatch(/^sum +unfinished /m)
  expect(shown?.stdout).toMatch(/\n\ngo on with it: sidestep runs resume killed\n$/)

  expect(attached?.stderr).toMatch(/the run has not ended, and its launcher is pid \d+ on \S+, gone\ngo on with it: /)
  expect(attached?.code).toBe(1)

  project.open('killed')
  const resumed = await call('runs', 'resume', 'last')
  expect(resumed.stderr).toContain('run killed of sums on the stack default goes on, with launcher 2\n')
  expect(resumed.stderr).toContain('[load] -- kept: its result is there from before\n')
  expect(resumed.stderr).not.toContain('[load] -- started')
  expect(resumed.stderr).toMatch(/^load +kept /m)
  expect([resumed.code, resumed.stdout]).toEqual([0, '{"total":6}\n'])
  expect(project.starts('killed')).toBe(1)

  const [told, logs, logsOfStep] = await sidestepEach(
    [
      ['runs', 'show', 'killed', '--output', 'json'],
      ['runs', 'logs', 'killed'],
      ['runs', 'logs', 'killed', 'sum'],
    ],
    { cwd },
  )
  const story = JSON.parse(told?.stdout ?? '') as JsonRunDetails
  expect(story).toMatchObject({
    state: 'succeeded',
    result: { total: 6 },
    launchers: [{ n: 1 }, { n: 2 }],
    ends: [{ n: 2, status: 'succeeded', error: null }],
    steps: [
      { label: 'load', status: 'succeeded', kept: false, artifacts: [{ name: 'value', materializer: 'json' }] },
      { label: 'sum', status: 'succeeded', attempts: [{ number: 1 }], artifacts: [{ name: 'value', size: 1 }] },
    ],
  })
  expect(logs?.stdout).toBe('[sum] adding 4\n[sum] added\n')
  expect(logsOfStep?.stdout).toBe('adding 4\nadded\n')

  // As a second machine of its job would have written it.
  const { uri = '' } = story.steps[1]?.artifacts[0] ?? {}
  const attempt = new URL('../../', new URL(uri))
  await mkdir(new URL('ranks/1/1/logs/', attempt), { recursive: true })
  const line = { n: 1, at: new Date(0).toISOString(), stream: 'stdout', text: 'adding too' }
  await writeFile(new URL('ranks/1/1/logs/1.jsonl', attempt), `${JSON.stringify(line)}\n`)
  const ofMachine = await sidestepEach(
    [
      ['runs', 'logs', 'killed', 'sum', '--rank', '1'],
      ['runs', 'logs', 'killed', 'sum', '--rank', '1', '-f'],
      ['runs', 'logs', 'killed', '--rank', '0'],
      ['runs', 'logs', 'killed', '--rank', '-1'],
      ['runs', 'logs', 'killed', '--rank', '2'],
    ],
    { cwd },
  )
  expect(ofMachine.map(({ code, stdout }) => [code, stdout])).toEqual([
    [0, 'adding too\n'],
    [0, 'adding too\n'],
    [0, '[sum] adding 4\n[sum] added\n'],
    [2, ''],
    [0, ''],
  ])
  expect(ofMachine.at(-1)?.stderr).toContain('no log lines of a machine 2: a job has as many machines as')
}, 90_000)

test('a run with other code is refused with what changed, and goes on where that is wanted', async () => {
  await killedRun('changed')
  project.open('changed')
  project.touch()
  const refused = await call('runs', 'resume', 'changed')
  expect(refused.stderr).toContain('(CODE_CHANGED)')
  expect(refused.stderr).toContain('changed  pipeline.ts')
  expect(refused.code).toBe(2)
  const resumed = await call('runs', 'resume', 'changed', '--with-current-code')
  expect([resumed.code, resumed.stdout]).toEqual([0, '{"total":6}\n'])
  expect(project.starts('changed')).toBe(1)
})

test('a run is taken to another home by the uri of its store, and goes on there', async () => {
  await killedRun('moved')
  const environment = { SIDESTEP_HOME: `${cwd}/.sidestep/other` }
  const uri = `file://${cwd}/.sidestep/store/runs/moved`
  const attached = await sidestep(['runs', 'attach', uri], { cwd, environment })
  expect(attached.stderr).toContain(`the run moved is recorded in ${cwd}/.sidestep/other\n`)
  expect(attached.stderr).toContain('its launcher is gone; go on with it: sidestep runs resume moved\n')
  expect(attached.code).toBe(0)
  expect((await sidestep(['runs', 'show', 'last'], { cwd, environment })).stdout).toContain(
    'run moved of sums: interrupted',
  )
  project.open('moved')
  const resumed = await sidestep(['runs', 'resume', 'moved'], { cwd, environment })
  expect([resumed.code, resumed.stdout]).toEqual([0, '{"total":6}\n'])
  expect(project.starts('moved')).toBe(1)
  const wrong = await call('runs', 'attach', `file://${cwd}/.sidestep/store/runs/nothing`)
  expect(wrong.code).toBe(2)
})

test('a failed run says why whenever it is shown, and is tried again from there', async () => {
  const file = `${cwd}/flaky.txt`
  const failed = await call('run', 'flaky.ts', '--id', 'flaky', '--input', JSON.stringify(file))
  expect(failed.stderr).toContain('  go on with it: sidestep runs resume flaky\n')
  const shown = await call('runs', 'show', 'flaky')
  expect(shown.stdout).toContain('✖ the step fit failed (step)')
  expect(shown.stdout).toContain(`RangeError: there is no ${file}\n\n  flaky.ts:7:`)
  expect(shown.stdout).toContain('  last lines of its log\n  │ fitting\n')
  const attached = await call('runs', 'attach', 'flaky', '--output', 'json')
  expect(JSON.parse(attached.stdout)).toMatchObject({ status: 'failed', error: { code: 'STEP_FAILED', step: 'fit' } })
  expect(attached.code).toBe(1)

  project.open('flaky')
  const again = await call('run', 'flaky.ts', '--id', 'flaky', '--input', JSON.stringify(`${cwd}/flaky.open`))
  expect(again.stderr).toContain('(RUN_CONFLICT)')
  expect(again.code).toBe(2)
})

test('what is not there is exit code 2, with what there is', async () => {
  const [unknown, ...steps] = await sidestepEach(
    [
      ['runs', 'show', 'nothing', '--output', 'json'],
      ['runs', 'logs', 'killed', 'fit'],
      ['runs', 'logs', 'killed', 'fit', '-f'],
    ],
    { cwd },
  )
  expect(JSON.parse(unknown?.stdout ?? '')).toMatchObject({ error: { code: 'RUN_UNKNOWN', kind: 'config' } })
  expect(unknown?.code).toBe(2)
  const expected = { code: 2, stderr: expect.stringContaining('It has called: load, sum.') as unknown }
  expect(steps).toMatchObject([expected, expected])
})

test.each(['runs', 'jobs'])('%s alone shows its help', async (group) => {
  const { code, stderr } = await call(group)
  expect(stderr).toContain(`Usage: sidestep ${group} [options] [command]`)
  expect(stderr).toContain(`$ sidestep ${group} list`)
  expect(code).toBe(2)
})

test.each(['list', 'show', 'logs', 'resume', 'attach', 'cancel'])(
  'the help of runs %s teaches by examples',
  async (name) => {
    const { code, stdout } = await call('runs', name, '--help')
    expect(stdout).toContain(`Examples:\n  $ sidestep runs ${name}`)
    expect(stdout).not.toContain('default: false')
    expect(code).toBe(0)
  },
)

test('a run that is begun under an id by its first caller is one document as JSON', async () => {
  project.open('document')
  const { stdout } = await call(
    'run',
    'pipeline.ts',
    '--id',
    'document',
    '--input',
    project.input('document'),
    '--output',
    'json',
  )
  const report = JSON.parse(stdout) as JsonReport
  expect(report).toMatchObject({ runId: 'document', status: 'succeeded', steps: [{ kept: false }, { kept: false }] })
})
