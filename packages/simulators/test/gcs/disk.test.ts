import { mkdtemp, readdir, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { ManualClock } from '../../src/ground/manual-clock.ts'
import { startSimulator, type Simulator } from '../../src/simulator.ts'
import { call, type Answer } from '../support/call.ts'
import { sendAndCut } from './gcs-simulator.ts'

const KIB = 1024
const UPLOAD = '/upload/storage/v1/b/first-bucket/o'
let folder: string
let clock: ManualClock
let simulator: Simulator

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidestep-gcs-'))
  clock = new ManualClock()
  simulator = await startSimulator('gcp', { clock, folder, listDelayMs: 60_000 })
  await api('/storage/v1/b?project=x', 'POST', '{"name":"first-bucket"}')
})
afterEach(async () => {
  await simulator.close()
  // Rejects where it left something.
  await rmdir(folder)
})

const api = async (path: string, method: string, body = '', headers = {}): Promise<Answer> =>
  call(new URL(path, simulator.endpoint), { method, body, headers })

async function files(): Promise<number> {
  const [objects = ''] = await readdir(folder)
  return (await readdir(join(folder, objects))).length
}

async function session(): Promise<string> {
  const { headers } = await api(`${UPLOAD}?uploadType=resumable&name=a`, 'POST')
  const first = await api(headers.location!, 'PUT', 'x'.repeat(256 * KIB), { 'Content-Range': 'bytes 0-262143/*' })
  expect([first.status, await files()]).toEqual([308, 1])
  return headers.location!
}

test('what was refused leaves no file', async () => {
  const wrong = await api(`${UPLOAD}?uploadType=media&name=a`, 'POST', 'text', { 'X-Goog-Hash': 'crc32c=AAAAAA==' })
  expect(wrong.status).toBe(400)
  expect((await api(`${UPLOAD}?uploadType=media&name=a&ifGenerationMatch=1`, 'POST', 'text')).status).toBe(412)
  await sendAndCut(simulator, `${simulator.endpoint}${UPLOAD}?uploadType=media&name=a`, 'POST', Buffer.alloc(1000))
  await expect.poll(files).toBe(0)
})

test('an upload that was cancelled leaves no file', async () => {
  const url = await session()
  expect((await api(url, 'DELETE')).status).toBe(499)
  await expect.poll(files).toBe(0)
})

test('an upload that has expired leaves no file once somebody begins another', async () => {
  await session()
  await clock.advance(7 * 24 * 3600 * 1000)
  await api(`${UPLOAD}?uploadType=resumable&name=b`, 'POST')
  await expect.poll(files).toBe(0)
})

test('an upload that failed at its end leaves no file', async () => {
  const url = await session()
  const headers = { 'Content-Range': 'bytes 262144-262147/262148', 'X-Goog-Hash': 'crc32c=AAAAAA==' }
  expect((await api(url, 'PUT', 'text', headers)).status).toBe(400)
  await expect.poll(files).toBe(0)
})

test('a bucket that lists show empty, and is not, stays', async () => {
  await api(`${UPLOAD}?uploadType=media&name=a`, 'POST', 'text')
  expect((await api('/storage/v1/b/first-bucket/o', 'GET')).json().items).toBeUndefined()
  expect((await api('/storage/v1/b/first-bucket', 'DELETE')).status).toBe(409)
  await api('/storage/v1/b/first-bucket/o/a', 'DELETE')
  expect((await api('/storage/v1/b/first-bucket', 'DELETE')).status).toBe(204)
})
