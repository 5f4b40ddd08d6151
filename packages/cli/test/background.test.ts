import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createGatedProject, type GatedProject } from './helpers/gated-project.ts'
import { createProject } from './helpers/project.ts'
import { sidestep, sidestepEach, startSidestep, type Finished } from './helpers/sidestep.ts'
import { isAlive, until } from './helpers/until.ts'

let project: GatedProject
let cwd: string
const launchers: number[] = []

beforeAll(async () => {
  project = await createGatedProject({
    'later.mjs': `
const Now = Date
const LATER_MS = 600_000
globalThis.Date = class extends Now {
  constructor(...parts) {
    if (parts.length === 0) super(Now.now() + LATER_MS)
    else super(...parts)
  }
  static now() { return Now.now() + LATER_MS }
}
`,
  })
  cwd = project.folder
})

afterAll(async () => {
  for (const pid of launchers) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  await project.remove()
})

function call(...args: readonly string[]): Promise<Finished> {
  return sidestep(args, { cwd })
}

interface Detached {
  readonly runId: string
  readonly status: string
  readonly pid: number
  readonly log: string
}

/** Starts a run in the background whose job waits at its gate. */
async function detachedRun(runId: string): Promise<Detached> {
  const args = ['run', 'pipeline.ts', '--id', runId, '--detach', '--output', 'json', '--input', '@-']
  const { code, stdout, stderr } = await sidestep(args, { cwd, input: project.input(runId) })
  expect(code, stdout + stderr).toBe(0)
  const detached = JSON.parse(stdout) as Detached
  launchers.push(detached.pid)
  await until('the job runs', () => readFileSync(detached.log, 'utf8').includes('[sum] adding 4'))
  return detached
}

/** A run whose launcher was killed while its job ran. */
async function abandonedRun(runId: string): Promise<void> {
  const { pid } = await detachedRun(runId)
  process.kill(pid, 'SIGKILL')
  await until('the launcher has ended', () => !isAlive(pid))
}

test('a run in the background outlives its command, is followed, left alone by Ctrl-C, and brought to its end', async () => {
  const { runId, status, pid, log } = await detachedRun('followed')
  expect({ runId, status }).toEqual({ runId: 'followed', status: 'running' })
  expect(log).toBe(`${cwd}/.sidestep/launchers/followed.log`)
  expect(isAlive(pid)).toBe(true)

  const left = startSidestep(['runs', 'attach', 'followed'], { cwd })
  await until('it shows the job', () => left.stderr().includes('[sum] adding 4'))
  left.child.kill('SIGINT')
  const { code, stderr } = await left.finished
  expect(stderr).toContain('the run goes on without this view; follow it: sidestep runs attach followed\n')
  expect(code).toBe(130)
  expect(isAlive(pid)).toBe(true)

  const attached = startSidestep(['runs', 'attach', 'followed'], { cwd })
  const logs = startSidestep(['runs', 'logs', 'followed', 'sum', '-f'], { cwd })
  await until('it shows the job', () => attached.stderr().includes('[sum] adding 4'))
  project.open('followed')
  const end = await attached.finished
  expect(end.stderr).toMatch(/^sum +succeeded /m)
  expect(end.stderr).toMatch(/\nrun followed of sums succeeded in /)
  expect([end.code, end.stdout]).toEqual([0, '{"total":6}\n'])
  expect((await logs.finished).stdout).toBe('adding 4\nadded\n')
  await until('the launcher has ended', () => !isAlive(pid))
})

test('a run is cancelled from outside: its launcher ends the job, and says so in its log', async () => {
  const { pid, log } = await detachedRun('cancelled')
  const [job] = JSON.parse((await call('jobs', 'list', '--output', 'json')).stdout) as { id: string; phase: string }[]
  expect(job).toMatchObject({ runId: 'cancelled', step: 'sum', attempt: 1, flavor: 'local', phase: 'running' })
  expect((await call('jobs', 'logs', job?.id ?? '')).stdout).toBe('adding 4\n')

  const { code, stdout, stderr } = await call('runs', 'cancel', 'cancelled')
  expect(stderr).toMatch(/^asked launcher 1 \(process \d+ on \S+\) to end the run\n/)
  expect([code, stdout]).toEqual([0, 'run cancelled is cancelled\n'])
  await until('the launcher has ended', () => !isAlive(pid))
  expect(readFileSync(log, 'utf8')).toMatch(/run cancelled of sums was cancelled after .+\ngo on with it: /)
  expect((await call('jobs', 'list')).stderr).toBe('there is no job that has not ended\n')
  const again = await call('runs', 'cancel', 'cancelled')
  expect([again.code, again.stdout]).toEqual([0, 'run cancelled had ended already: cancelled\n'])
})

test('a run that does not begin shows what its launcher said, with its exit code', async () => {
  const { code, stdout, stderr } = await call('run', 'gone.ts', '--detach', '--id', 'gone')
  expect(stderr).toContain('there is no file gone.ts')
  expect(stderr).toContain(`this is what the launcher said; it is kept in ${cwd}/.sidestep/launchers/gone.log`)
  expect([code, stdout]).toEqual([2, ''])
})

test('a run that the active stack cannot work for does not begin', async () => {
  const broken = await createProject({
    'pipeline.ts': `import { pipeline, step } from '@sidestep/core'
const train = step({ name: 'train', stepOperator: true }, () => 1)
export default pipeline('trains', async () => train())`,
    'sidestep.yaml': `components:
  artifact_store: { lake: { flavor: local } }
  step_operator: { box: { flavor: docker } }
stacks: { boxed: { artifact_store: lake, step_operators: [box] } }
active_stack: boxed
`,
  })
  onTestFinished(async () => broken.remove())
  const { code, stderr } = await sidestep(['run', 'pipeline.ts', '--detach'], { cwd: broken.folder })
  expect(stderr).toContain('image builder')
  expect(code).toBe(2)
  const { stdout } = await sidestep(['runs', 'list', '--output', 'json'], { cwd: broken.folder })
  expect(JSON.parse(stdout)).toEqual([])
})

test('an id that leads out of the project is refused before anything is written', async () => {
  const lines = ['../../evil', 'last'].map((id) => ['run', 'pipeline.ts', '--detach', '--id', id])
  for (const { code, stderr } of await sidestepEach(lines, { cwd })) {
    expect(stderr).toContain('cannot be the id of a run')
    expect(code).toBe(2)
  }
  expect(existsSync(`${cwd}/evil.log`)).toBe(false)
  expect(existsSync(`${cwd}/.sidestep/launchers/last.log`)).toBe(false)
})

test('one job is ended by its id, and its launcher hears of it', async () => {
  const { pid, log } = await detachedRun('job-ended')
  const [job] = JSON.parse((await call('jobs', 'list', '--output', 'json')).stdout) as { id: string }[]
  const { code, stdout } = await call('jobs', 'cancel', (job?.id ?? '').slice(0, 12))
  expect(stdout).toMatch(/^job \S+ \(sum of run job-ended\): stopped\n$/)
  expect(code).toBe(0)
  await until('the launcher has ended', () => !isAlive(pid))
  expect(readFileSync(log, 'utf8')).toMatch(/\n✖ the step sum (?:failed|was stopped) \(/)
})

test('a job whose launcher has died and that still beats is no orphan; cancelling its run ends it', async () => {
  await abandonedRun('abandoned')
  const [reaped, cancelled, listed] = await sidestepEach(
    [
      ['jobs', 'reap'],
      ['runs', 'cancel', 'abandoned'],
      ['jobs', 'list', '--output', 'json'],
    ],
    { cwd },
  )
  expect(reaped).toEqual({ code: 0, stdout: '', stderr: 'there is no job that nobody looks after\n' })
  expect(cancelled).toMatchObject({ code: 0, stdout: 'run abandoned is cancelled\n' })
  expect(listed?.stdout).toBe('[]\n')
})

test('a job that gives no sign any more is an orphan: it is listed with why, and ended only with --yes', async () => {
  await abandonedRun('orphaned')
  // Ten minutes later, by the clock of the commands: the job has not been heard of since.
  const environment = { NODE_OPTIONS: `--import=${cwd}/later.mjs` }
  const later = (...lines: string[][]): Promise<readonly Finished[]> => sidestepEach(lines, { cwd, environment })
  const [listed, dry] = await later(['jobs', 'list', '--orphans'], ['jobs', 'reap'])
  expect(listed?.stdout).toMatch(/ orphaned +sum +1 +local +running +1\dm\n {2}.+its last sign of life was at /)
  expect(listed?.stderr).toBe('\nend them: sidestep jobs reap\n')
  expect(dry?.stdout).toBe(listed?.stdout)
  expect(dry?.stderr).toBe('\nnothing was cancelled; cancel this job: sidestep jobs reap --yes\n')
  expect((await call('jobs', 'list')).stdout).toMatch(/ orphaned +sum /)
  const [warned, reaped, again] = await later(
    ['doctor', '--output', 'json'],
    ['jobs', 'reap', '--yes', '--output', 'json'],
    ['jobs', 'reap', '--yes'],
  )
  const { checks } = JSON.parse(warned?.stdout ?? '') as { readonly checks: readonly { readonly check: string }[] }
  expect(checks.find(({ check }) => check === 'jobs')).toMatchObject({
    state: 'warning',
    found: expect.stringMatching(/^1 that nobody looks after: /),
    hint: expect.stringContaining('sidestep jobs reap'),
  })
  expect(reaped?.stderr).toMatch(/^ending job \S+ \(sum of run orphaned\)\n/)
  expect(JSON.parse(reaped?.stdout ?? '')).toMatchObject([{ runId: 'orphaned', phase: 'stopped', reaped: true }])
  expect(reaped?.code).toBe(0)
  expect(again?.stderr).toBe('there is no job that nobody looks after\n')
})
