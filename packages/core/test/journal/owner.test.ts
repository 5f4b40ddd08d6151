import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { launcherKey, leaseKey } from '../../src/artifact/layout.ts'
import { judgeOwner, LEASE_MS, readOwner, type Owner } from '../../src/journal/owner.ts'
import { thisMachine } from '../../src/machine.ts'
import { identifyProcess } from '../../src/process.ts'
import { FolderStore } from '../support/folder-store.ts'

const machine = thisMachine()
const now = new Date('2026-03-01T12:00:00.000Z')
const ago = (milliseconds: number): string => new Date(now.getTime() - milliseconds).toISOString()

function owner(more: Partial<Owner['record']> = {}, lease?: Owner['lease']): Owner {
  const record = { n: 1, id: 'a', journalId: 'j', machine, process: identifyProcess(), at: ago(0), ...more }
  return { record, ...(lease === undefined ? {} : { lease }) }
}

test('a process of this machine that runs and gives signs is alive', () => {
  expect(judgeOwner(owner(), { machine, now })).toBe('alive')
  expect(judgeOwner(owner({ at: ago(LEASE_MS * 2) }, { at: ago(LEASE_MS / 2), beat: 3 }), { machine, now })).toBe(
    'alive',
  )
})

test('one that runs and gives no sign is silent: it may be stopped', () => {
  expect(judgeOwner(owner({ at: ago(LEASE_MS + 1) }), { machine, now })).toBe('silent')
})

test('one whose process has ended is gone at once, whatever its lease says', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const identity = identifyProcess(child.pid)
  const before = owner({ process: identity }, { at: ago(0), beat: 1 })
  expect(judgeOwner(before, { machine, now })).toBe('alive')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(judgeOwner(before, { machine, now })).toBe('gone')
})

test('a process that has the pid of one that ended is another one', () => {
  const process = { ...identifyProcess(), startTime: '1' }
  expect(judgeOwner(owner({ process }), { machine, now })).toBe('gone')
})

test('after a restart of this machine its processes are gone; without an id it may be another machine', () => {
  const process = { ...identifyProcess(), bootId: 'another boot' }
  const known = { ...machine, id: 'a machine' }
  const { id: _id, ...unknown } = machine
  expect(judgeOwner(owner({ machine: known, process }), { machine: known, now })).toBe('gone')
  expect(judgeOwner(owner({ machine: unknown, process }), { machine: unknown, now })).toBe('alive')
})

test.each([
  ['another machine', { host: 'elsewhere' }],
  ['another container of this machine', { pidNamespace: 'pid:[1]' }],
])('the process of %s cannot be seen, so its lease decides', (_where, more) => {
  const process = { ...identifyProcess(), startTime: '1' }
  const there = { ...machine, ...more }
  expect(judgeOwner(owner({ machine: there, process }), { machine, now })).toBe('alive')
  expect(judgeOwner(owner({ machine: there, process, at: ago(LEASE_MS + 1) }), { machine, now })).toBe('silent')
})

test('one that let go of the run is gone', () => {
  expect(judgeOwner(owner({}, { at: ago(0), beat: 1, released: true }), { machine, now })).toBe('gone')
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidestep-owner-'))
})
afterEach(async () => rm(folder, { recursive: true, maxRetries: 5 }))

test('the owner is the launcher with the highest number', async () => {
  const store = new FolderStore({ folder })
  expect(await readOwner('r', store)).toBeUndefined()
  for (let n = 1; n <= 11; n += 1) {
    await store.put(launcherKey('r', n), encodeJson({ ...owner().record, n }))
    expect(await readOwner('r', store)).toEqual({ record: { ...owner().record, n } })
  }
  // The numbers have no gaps: one behind a gap would not be seen.
  await store.put(launcherKey('r', 13), encodeJson({ ...owner().record, n: 13 }))
  expect(await readOwner('r', store)).toMatchObject({ record: { n: 11 } })
  await store.put(leaseKey('r', 11), encodeJson({ at: ago(0), beat: 2 }))
  expect(await readOwner('r', store)).toMatchObject({ record: { n: 11 }, lease: { beat: 2 } })
})
