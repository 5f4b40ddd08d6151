import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { startSidestep, type Started } from './helpers/sidestep.ts'
import { isAlive, until } from './helpers/until.ts'

/** A person's second Ctrl-C comes after it. */
const LATER_THAN_AN_ECHO_MS = 600

let project: Project
const left: number[] = []

beforeAll(async () => {
  project = await createProject({
    'pipeline.ts': `
import { pipeline, step } from '@sidestep/core'

const wait = step({ name: 'wait', stepOperator: true }, async (stubborn: boolean) => {
  if (stubborn) process.on('SIGTERM', () => console.log('no'))
  console.log('pid ' + process.pid)
  await new Promise((resolve) => setTimeout(resolve, 120_000))
})
const think = step({ name: 'think' }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 120_000))
})

export default pipeline('waiting', async (input: { think?: boolean, stubborn?: boolean }) =>
  input.think ? think() : wait(input.stubborn ?? false))
`,
  })
})

afterAll(async () => {
  for (const pid of left) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  // Supervisors write their exit record last: a folder removed before that would come back.
  const jobs = join(project.folder, '.sidestep/jobs')
  await until('no supervisor writes any more', () =>
    readdirSync(jobs).every((job) => existsSync(join(jobs, job, 'exit.json'))),
  )
  await project.remove()
})

function start(input: object): Started {
  return startSidestep(['run', 'pipeline.ts', '--input', JSON.stringify(input)], { cwd: project.folder })
}

async function jobOf(run: Started): Promise<number> {
  await until('the step runs', () => /\[wait\] pid \d+/.test(run.stderr()))
  const pid = Number(/\[wait\] pid (\d+)/.exec(run.stderr())?.[1])
  left.push(pid)
  return pid
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s cancels the job, and waits until it has ended',
  async (signal) => {
    const run = start({})
    const pid = await jobOf(run)
    run.child.kill(signal)
    const { code, stdout, stderr } = await run.finished
    expect(stderr).toContain('\ncancelling 1 job, waiting for the confirmation; Ctrl-C again leaves at once\n')
    expect(stderr).toMatch(/\nwait +stopped/)
    expect(stderr).toMatch(/run \S+ of waiting was cancelled after .+\ngo on with it: sidestep runs resume \S+\n$/)
    expect(stderr).not.toContain('✖')
    expect(stdout).toBe('')
    expect(code).toBe(130)
    expect(isAlive(pid)).toBe(false)
  },
)

test('a second Ctrl-C leaves at once, and says what it left', async () => {
  const run = startSidestep(['run', 'pipeline.ts', '--input', '{"stubborn": true}', '--output', 'json'], {
    cwd: project.folder,
  })
  const pid = await jobOf(run)
  run.child.kill('SIGINT')
  await until('it says that it waits', () => run.stderr().includes('cancelling 1 job'))
  await delay(LATER_THAN_AN_ECHO_MS)
  run.child.kill('SIGINT')
  const { code, stdout, stderr } = await run.finished
  expect(JSON.parse(stdout)).toMatchObject({ status: 'cancelled', steps: [{ name: 'wait', status: 'running' }] })
  expect(stderr).toMatch(/\nleft at once; this job was not confirmed as ended:\n {2}wait, attempt 1 on .+: job \S+\n/)
  expect(stderr).toMatch(
    /\nThe run's records are in file:\/\/.+\/runs\/\S+\ngo on with it: sidestep runs resume \S+\nend it: sidestep runs cancel \S+\n$/,
  )
  expect(code).toBe(130)
  expect(isAlive(pid)).toBe(true)
})

test('signals that come together, as from timeout(1), npx or a service manager, are one', async () => {
  const run = start({})
  const pid = await jobOf(run)
  // Two of one name could become one on their way; two names never do.
  run.child.kill('SIGTERM')
  run.child.kill('SIGHUP')
  const { code, stderr } = await run.finished
  expect(stderr).toMatch(/\nwait +stopped/)
  expect(stderr).not.toContain('left at once')
  expect(code).toBe(130)
  expect(isAlive(pid)).toBe(false)
})

test('Ctrl-C ends a run whose step is in this process', async () => {
  const run = start({ think: true })
  await until('the step runs', () => run.stderr().includes('[think] -- started'))
  run.child.kill('SIGINT')
  const { code, stderr } = await run.finished
  expect(stderr).toContain('\ncancelling, waiting for the confirmation; Ctrl-C again leaves at once\n')
  expect(code).toBe(130)
})

test('a cancelled run is told as JSON', async () => {
  const run = startSidestep(['run', 'pipeline.ts', '--input', '{}', '--output', 'json'], { cwd: project.folder })
  await jobOf(run)
  run.child.kill('SIGINT')
  const { stdout } = await run.finished
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'cancelled',
    error: { code: 'RUN_CANCELLED', kind: 'stopped' },
    steps: [{ name: 'wait', status: 'stopped' }],
  })
})
