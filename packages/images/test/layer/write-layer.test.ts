import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

import { describe, expect, test } from 'vitest'

import { gzipMembers } from '../../src/layer/gzip-members.ts'
import { writeLayer } from '../../src/layer/write-layer.ts'
import { fileEntry, has, never, temporaryFolder } from './support.ts'

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

describe('writeLayer', () => {
  test('says what it wrote', async () => {
    const path = join(temporaryFolder(), 'layer.tar.gz')
    const layer = await writeLayer([fileEntry('opt/a', 'a'), fileEntry('opt/b', 'b')], { path, signal: never })
    const written = readFileSync(path)
    const archive = gunzipSync(written)
    expect(layer).toMatchObject({ path, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' })
    expect(layer.digest).toBe(sha256(written))
    expect(layer.size).toBe(written.length)
    expect(layer.diffId).toBe(sha256(archive))
    expect(layer.uncompressedSize).toBe(archive.length)
    expect(Buffer.concat(await layer.open().toArray()).equals(written)).toBe(true)
    // No time, no operating system.
    expect([...written.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
  })

  test('over several pieces, the same again', async () => {
    const folder = temporaryFolder()
    const bytes = Buffer.from(Array.from({ length: 1_500_000 }, (_, index) => `${index * 7919}`).join(' '))
    const write = (name: string) =>
      writeLayer([fileEntry('data', bytes), fileEntry('b', 'b')], { path: join(folder, name), signal: never })
    const [one, two] = await Promise.all([write('1'), write('2')])
    expect(one.digest).toBe(two.digest)
    expect(one.uncompressedSize).toBeGreaterThan(3 * 4 * 1024 * 1024)
    expect(sha256(gunzipSync(readFileSync(one.path)))).toBe(one.diffId)
    if (has('gzip')) execFileSync('gzip', ['-t'], { input: readFileSync(one.path) })
  })

  test.each([
    ['more', 3, '12345'],
    ['fewer', 9, '12345'],
  ])('a file with %s bytes than it began with is named', async (_, size, content) => {
    const folder = temporaryFolder()
    const entry = { ...fileEntry('opt/growing', content), size }
    await expect(writeLayer([entry], { path: join(folder, 'x'), signal: never })).rejects.toMatchObject({
      code: 'IMAGE_FAILED',
      message: expect.stringContaining(`opt/growing changed while it was read: it began with ${size} bytes`) as string,
    })
    expect(readdirSync(folder)).toEqual([])
  })

  test('an abort leaves nothing, and ends what is read', async () => {
    const folder = temporaryFolder()
    const controller = new AbortController()
    let closed = false
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (let count = 0; ; count++) {
          if (count === 100) controller.abort(new Error('enough'))
          await setImmediate()
          yield Buffer.alloc(100_000, count)
        }
      } finally {
        closed = true
      }
    }
    const entry = {
      ...fileEntry('big', ''),
      size: 2 ** 40,
      open: () => Readable.from(endless(), { objectMode: false }),
    }
    const writing = writeLayer([entry], { path: join(folder, 'x'), signal: controller.signal })
    await expect(writing).rejects.toThrow('enough')
    expect(readdirSync(folder)).toEqual([])
    await setImmediate()
    expect(closed).toBe(true)
  })

  test('a source that fails leaves nothing', async () => {
    const folder = temporaryFolder()
    const entry = {
      ...fileEntry('x', ''),
      size: 5,
      open: () =>
        new Readable({
          read() {
            this.destroy(new Error('torn'))
          },
        }),
    }
    await expect(writeLayer([entry], { path: join(folder, 'x'), signal: never })).rejects.toThrow('torn')
    expect(readdirSync(folder)).toEqual([])
  })

  test('a folder that is not there is said', async () => {
    const path = join(temporaryFolder(), 'no', 'such', 'x')
    await expect(writeLayer([], { path, signal: never })).rejects.toMatchObject({ code: 'IMAGE_FAILED', kind: 'infra' })
  })

  // Set to 2000 for what the figures promise; it takes half a minute.
  const megabytes = Number(process.env['SIDESTEP_LAYER_MB'] ?? 150)
  test(`memory stays flat with a file of ${megabytes} MB`, { timeout: 300_000 }, async () => {
    const folder = temporaryFolder()
    const peak = (size: number): number => {
      writeFileSync(join(folder, 'sparse'), '')
      truncateSync(join(folder, 'sparse'), size)
      const script = fileURLToPath(new URL('write-folder.ts', import.meta.url))
      const out = execFileSync(process.execPath, ['--no-warnings', script, folder, `${folder}-out`], {
        encoding: 'utf8',
      })
      return Number(out)
    }
    const small = peak(20_000_000)
    const large = peak(megabytes * 1_000_000)
    expect(large - small).toBeLessThan(30)
  })
})

test('no more pieces are taken than are compressed at a time', async () => {
  let taken = 0
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (; taken < 50;) {
      taken++
      yield Buffer.alloc(1000, taken)
    }
  }
  let given = 0
  for await (const member of gzipMembers(pieces(), { level: 6, concurrency: 3 })) {
    given++
    expect(gunzipSync(member)).toEqual(Buffer.alloc(1000, given))
    expect(taken - given).toBeLessThan(3)
  }
  expect(given).toBe(50)
})
