import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import type { Body } from '../../src/artifact/artifact-store.ts'
import { logChunkKey } from '../../src/artifact/layout.ts'
import type { LogLine } from '../../src/artifact/manifest.ts'
import { runChild, type ChildExit } from '../../src/entrypoint/child-process.ts'
import { LogWriter } from '../../src/entrypoint/log-writer.ts'
import { listenForStop } from '../../src/entrypoint/stop.ts'
import { FolderStore } from '../support/folder-store.ts'
import { testFolder } from '../support/values.ts'

const KEY = { runId: 'run', stepRunId: 'step', attempt: 1, incarnation: 1 }

class SlowStore extends FolderStore {
  protected override async putObject(key: string, body: Body): Promise<number> {
    await sleep(1_300)
    return super.putObject(key, body)
  }
}

interface Ran {
  readonly exit: ChildExit
  readonly lines: readonly string[]
}

async function run(store: FolderStore, program: string, args: readonly string[]): Promise<Ran> {
  const logs = new LogWriter({ key: KEY, store, redact: (text) => text })
  const folder = store.config.folder
  const stop = listenForStop(() => ({ graceMs: 1_000, patienceMs: 1_000 }))
  const exit = await runChild({ program, args, environment: process.env, folder, logs, stop, graceMs: 1_000 })
  await logs.close()
  const lines: string[] = []
  for (let chunk = 1; chunk <= logs.extent.chunks; chunk += 1) {
    const text = Buffer.from((await store.get(logChunkKey(KEY, chunk))) ?? []).toString()
    lines.push(
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as LogLine).text),
    )
  }
  return { exit, lines }
}

test('the end of the output is there, however slow the store is', async () => {
  const store = new SlowStore({ folder: await testFolder() })
  // Two full chunks, so that the pipe has to wait for the first one, and an end that is still in it when the child exits.
  const script = `const line = 'x'.repeat(1000) + '\\n'
    const print = (text) => require('node:fs').writeSync(1, text)
    for (let n = 0; n < 2100; n += 1) print(line)
    print('the last words\\n')`
  const { exit, lines } = await run(store, process.execPath, ['-e', script])
  expect(exit).toEqual({ code: 0, signal: null })
  expect(lines).toHaveLength(2101)
  expect(lines.at(-1)).toBe('the last words')
})

test('a process that is left behind and goes on printing holds nothing up', async () => {
  const store = new FolderStore({ folder: await testFolder() })
  const script = '(while echo chatter; do sleep 0.02; done 2>/dev/null) & echo done'
  const { exit, lines } = await run(store, 'sh', ['-c', script])
  expect(exit.code).toBe(0)
  expect(lines).toContain('done')
})

test('a flood from a process that is left behind holds nothing up', async () => {
  const store = new FolderStore({ folder: await testFolder() })
  const { exit, lines } = await run(store, 'sh', ['-c', `echo done; yes ${'x'.repeat(200)} 2>/dev/null &`])
  expect(exit.code).toBe(0)
  expect(lines[0]).toBe('done')
})

/** Ends a child by one of the signals that a group gets, of which this process hears only after it. */
async function hearsLate(script: string, heard: NodeJS.Signals | undefined): Promise<NodeJS.Signals | undefined> {
  const store = new FolderStore({ folder: await testFolder() })
  const logs = new LogWriter({ key: KEY, store, redact: (text) => text })
  const source = new EventEmitter()
  const stop = listenForStop(() => ({ graceMs: 1_000, patienceMs: 1_000 }), { source, reachesGroup: true })
  await runChild({
    program: process.execPath,
    args: ['-e', script],
    environment: process.env,
    folder: store.config.folder,
    logs,
    stop,
    graceMs: 1_000,
    onStart: (child) => {
      if (heard !== undefined) child.once('exit', () => setTimeout(() => source.emit(heard), 20))
    },
  })
  await logs.close()
  return stop.received
}

// Else the report says that the step was killed from outside, where it had been told to stop.
test.each<[string, NodeJS.Signals]>([
  ['process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 60000)', 'SIGTERM'],
  ['process.exit(143)', 'SIGTERM'],
  ['process.exit(130)', 'SIGINT'],
])('a stop that ended the child by %s is one, though this process hears of it later', async (script, signal) => {
  expect(await hearsLate(script, signal)).toBe(signal)
})

test('a child that ends as a stopped one does, and was not, is waited for no longer', async () => {
  expect(await hearsLate('process.exit(143)', undefined)).toBeUndefined()
})
