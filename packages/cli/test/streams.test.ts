import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { Writable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { captureOutput } from '../src/run/capture-output.ts'
import { WholeLines } from '../src/run/whole-lines.ts'
import { BIN } from './helpers/sidestep.ts'

function recorder(): { readonly stream: Writable; text(): string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

test('diverts what is written, in every form, until it is released', async () => {
  const { stream, text } = recorder()
  const diverted: string[] = []
  const captured = captureOutput(stream, (chunk) => diverted.push(chunk))
  stream.write('a')
  stream.write(Buffer.from('b'))
  stream.write('63', 'hex')
  await new Promise<void>((resolve) => stream.write('d', () => resolve()))
  await new Promise<void>((resolve) => stream.write('e', 'utf8', () => resolve()))
  captured.write('direct')
  captured.release()
  captured.release()
  stream.write(' after')
  expect(diverted.join('')).toBe('abcde')
  expect(text()).toBe('direct after')
})

test('puts characters together that were cut', () => {
  const { stream } = recorder()
  const diverted: string[] = []
  const captured = captureOutput(stream, (chunk) => diverted.push(chunk))
  for (const byte of Buffer.from('🐧')) stream.write(Uint8Array.of(byte))
  captured.release()
  expect(diverted.join('')).toBe('🐧')
})

test('makes lines of whatever pieces a text comes in', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n') })), (pieces) => {
      const lines: string[] = []
      const splitter = new WholeLines((whole) => lines.push(...whole))
      for (const piece of pieces) splitter.write(piece)
      splitter.end()
      const text = pieces.join('')
      expect(lines).toEqual(text === '' ? [] : text.replace(/\n$/, '').split('\n'))
    }),
  )
})

test('cuts a line without an end, and keeps little of it', () => {
  const lines: string[] = []
  const splitter = new WholeLines((whole) => lines.push(...whole))
  for (let i = 0; i < 100; i += 1) splitter.write('x'.repeat(10_000))
  splitter.end()
  expect(lines.join('')).toHaveLength(1_000_000)
  expect(Math.max(...lines.map((line) => line.length))).toBe(64 * 1024)
})

const WRITER = fileURLToPath(new URL('fixtures/write-much.ts', import.meta.url))
const LINES = 2_000

test('a reader that is slow gets everything, in its order', async () => {
  // The shell makes a real pipe; Node gives its children sockets.
  const command = `"$0" "$1" ${LINES} | { sleep 0.3; cat; }`
  const child = spawn('sh', ['-c', command, process.execPath, WRITER], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr)])
  expect(err).toBe('written')
  expect(out).toBe(Array.from({ length: LINES }, (_, index) => `${index + 1} ${'é'.repeat(500)}\n`).join(''))
})

test('a pipe that does not wait (EAGAIN) gets everything too', async () => {
  const child = spawn(process.execPath, [WRITER, String(LINES)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const err = textOf(child.stderr)
  // Nobody reads: what the program writes first fills the socket.
  await delay(300)
  const out = await textOf(child.stdout)
  expect(await err).toBe('written')
  expect(out).toBe(Array.from({ length: LINES }, (_, index) => `${index + 1} ${'é'.repeat(500)}\n`).join(''))
})

test('a reader that goes away (EPIPE) is no reason to complain', async () => {
  const command = `{ "$0" "$1" ${LINES}; echo "code $?" >&2; } | head -1`
  const child = spawn('sh', ['-c', command, process.execPath, WRITER], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'close')])
  expect(out).toBe(`1 ${'é'.repeat(500)}\n`)
  expect(err).toBe('writtencode 0\n')
})

test.skipIf(!existsSync('/dev/full'))('output that is lost is told, with an exit code', () => {
  for (const command of ['doctor', 'stack list']) {
    const { status, stderr } = spawnSync('sh', ['-c', `"$0" "$1" ${command} > /dev/full`, process.execPath, BIN], {
      encoding: 'utf8',
    })
    expect(stderr).toContain('sidestep: what was to be printed is lost: ENOSPC')
    expect(stderr).not.toMatch(/^ +at /m)
    expect(status).toBe(1)
  }
})
