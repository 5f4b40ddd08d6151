import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { SidestepError, type RunEvent } from '@sidestep/core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { isAlive, temporaryHome } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { faults, type Fault } from './fixtures/faults.ts'

const FIXTURE = fileURLToPath(new URL('fixtures/faults.ts', import.meta.url))

let home: Awaited<ReturnType<typeof temporaryHome>>
beforeAll(async () => {
  home = await temporaryHome()
})
afterAll(async () => home.remove())

async function failureOf(fault: Fault, input?: unknown): Promise<SidestepError> {
  const error: unknown = await faults.run({ fault, ...(input === undefined ? {} : { input }) }).then(
    (value) => {
      throw new Error(`${fault} succeeded with ${JSON.stringify(value)}`)
    },
    (thrown: unknown) => thrown,
  )
  if (!SidestepError.isInstance(error)) throw error
  return error
}

test("an exception travels back with name, message, the user's own file and line, cause and own properties", async () => {
  const error = await failureOf('throws', 12)
  expect(error).toMatchObject({ kind: 'step', code: 'STEP_FAILED' })
  expect(error.message).toContain('throws failed: DiskError: bad sector')
  const cause = error.cause as Error & { volume: string; blocks: number[]; cause: Error }
  expect(cause).toMatchObject({ name: 'DiskError', message: 'bad sector', volume: '/data', blocks: [3, 5] })
  expect(cause.cause).toMatchObject({ name: 'TypeError', message: 'not a row' })
  const line = cause.stack?.split('\n').find((frame) => frame.includes('faults.ts'))
  expect(line).toContain(`${FIXTURE}:14:`)
  expect(error.job?.lastLogLines).toEqual(['reading 12 rows'])
  expect(error.job?.process?.folder).toContain(home.path)
  expect(error.job?.process?.pid).not.toBe(process.pid)
})

test("process.exit is the step's failure, with the code and the last lines", async () => {
  const error = await failureOf('exits')
  expect(error).toMatchObject({ kind: 'step', job: { exitCode: 7, lastLogLines: ['leaving'] } })
  expect(error.message).toContain('exited with code 7 before the step returned')
})

test("a promise that can never settle, and an error outside of the step's own promise, are the step's", async () => {
  expect((await failureOf('neverSettles')).message).toContain('promise')
  const later = await failureOf('throwsLater')
  expect(later).toMatchObject({ kind: 'step', cause: { name: 'RangeError', message: 'from a timer' } })
})

test('a blocked event loop and a hang end at the run timeout', async () => {
  const [blocked, hung] = await Promise.all([failureOf('blocks'), failureOf('hangs')])
  expect(blocked).toMatchObject({ kind: 'timeout', code: 'STEP_TIMEOUT' })
  expect(hung).toMatchObject({ kind: 'timeout', job: { lastLogLines: ['waiting for nothing'] } })
  expect(hung.message).toContain('3.5')
})

test('a killed process and a native crash name the signal', async () => {
  expect(await failureOf('killed')).toMatchObject({ kind: 'step', message: expect.stringContaining('SIGKILL') })
  expect(await failureOf('crashes')).toMatchObject({ kind: 'step', message: expect.stringContaining('SIGSEGV') })
})

test('a full heap is oom, with a hint', async () => {
  expect(await failureOf('fillsHeap')).toMatchObject({ kind: 'oom', hint: expect.stringContaining('resources.memory') })
})

test('what cannot be stored is named by its path', async () => {
  const error = await failureOf('returnsUnstorable')
  expect(error).toMatchObject({ kind: 'step' })
  expect(error.message).toContain('model.predict')
})

test("100 MB of output: every line arrives once, and the launcher's memory stays flat", async () => {
  const used: number[] = []
  let lines = 0
  const run = faults.start({ fault: 'prints', input: 'much' })
  for await (const event of run.events()) {
    if (event.type !== 'log') continue
    lines += 1
    if (lines % 100_000 === 0) used.push(memoryInUse())
  }
  await run.result()
  expect(lines).toBe(1_000_000)
  // What bundles the pipeline was loaded before the first line. The lines alone would be more.
  expect(Math.max(...used) - (used[0] ?? 0)).toBeLessThan(20 * 2 ** 20)
}, 120_000)

/** Bytes of the heap and of buffers that somebody holds. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('one line of 10 MB is cut into pieces, binary output becomes text, and both succeed', async () => {
  const long = await linesOf('long')
  expect(long.join('') === 'y'.repeat(10_000_000)).toBe(true)
  expect(Math.max(...long.map((line) => line.length))).toBeLessThanOrEqual(64 * 1024)
  expect(await linesOf('binary')).toEqual(['\u0000\ufffd\ufffd\ufffd', '\u001b[2J'])
})

async function linesOf(input: string): Promise<string[]> {
  const run = faults.start({ fault: 'prints', input })
  const lines: string[] = []
  for await (const event of run.events()) if (event.type === 'log') lines.push(event.text)
  await run.result()
  return lines
}

test('what a step leaves running does not keep its job alive, and is gone with it', async () => {
  expect(await faults.run({ fault: 'leavesServer' })).toBe('done')
  const pid = (await faults.run({ fault: 'leavesProcess' })) as unknown as number
  expect(pid).toBeGreaterThan(0)
  await until('the process is gone', () => !isAlive(pid))
})

test('cancelling stops the job and waits for its end', async () => {
  const run = faults.start({ fault: 'stoppable' })
  const events: RunEvent[] = []
  for await (const event of run.events()) {
    events.push(event)
    if (event.type === 'attempt.phase' && event.phase === 'running') void run.cancel()
  }
  await expect(run.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED' })
  expect(events.at(-1)).toMatchObject({ type: 'run.cancelled' })
  expect(events.find((event) => event.type === 'step.failed')).toMatchObject({ error: { kind: 'stopped' } })
  expect(await home.liveJobs()).toEqual([])
})
