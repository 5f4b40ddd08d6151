// Started by waiting-jobs.ts: `node --expose-gc waiting-child.ts <jobs>` prints the memory of a launcher that waits.
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8'

import { pipeline, Stack, step, type Pipeline, type Step } from '@sidestep/core'
import { localArtifactStore } from '@sidestep/local'

import { temporaryHome } from './home.ts'
import { IdleOperator } from './idle-operator.ts'

/** In bytes, after collecting garbage. */
export interface WaitingMemory {
  readonly heap: number
  readonly resident: number
}

const wait: Step<number, void> = step({ name: 'wait', stepOperator: true }, async (_n: number) => undefined)

const waiting: Pipeline<number, void> = pipeline(
  'waiting',
  async (jobs: number) => {
    await Promise.all(Array.from({ length: jobs }, (_, n) => wait(n)))
  },
  { module: import.meta.url },
)

async function measure(jobs: number): Promise<WaitingMemory> {
  // Several files are written for each job; where they lie makes no difference to the memory.
  using home = temporaryHome(existsSync('/dev/shm') ? '/dev/shm' : tmpdir())
  const operator = new IdleOperator({})
  const stack = new Stack({
    name: 'idle',
    artifactStore: localArtifactStore({ path: join(home.path, 'store') }),
    stepOperators: { idle: operator },
    defaultStepOperator: 'idle',
  })
  const run = waiting.start(jobs, { stack })
  const outcome = run.result().then(
    () => 'the run ended',
    (error: unknown) => `the run failed: ${String(error)}`,
  )
  while (operator.running < jobs) {
    if (process.env['V']) console.error(operator.running)
    const ended = await Promise.race([outcome, sleep(100)])
    if (typeof ended === 'string') throw new Error(ended)
  }
  const memory = await settled()
  const snapshot = process.env['HEAP_SNAPSHOT']
  if (snapshot !== undefined) writeHeapSnapshot(snapshot)
  await run.cancel()
  await outcome
  return memory
}

/** The least of several looks: what is left of starting the jobs goes with the garbage. */
async function settled(): Promise<WaitingMemory> {
  const looks: WaitingMemory[] = []
  for (let look = 0; look < 5; look += 1) {
    await sleep(1_000)
    // As when memory is short: pages that V8 keeps for later are given back, too.
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    const { heapUsed, external, rss } = process.memoryUsage()
    looks.push({ heap: heapUsed + external, resident: rss })
  }
  return {
    heap: Math.min(...looks.map(({ heap }) => heap)),
    resident: Math.min(...looks.map(({ resident }) => resident)),
  }
}

if (import.meta.main) {
  // Young objects that are dead count for nothing, and much room for them would hide what is held.
  setFlagsFromString('--max-semi-space-size=4')
  console.log(JSON.stringify(await measure(Number(process.argv[2]))))
  process.exit(0)
}
