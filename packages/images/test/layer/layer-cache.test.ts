import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, test } from 'vitest'

import { LayerCache } from '../../src/layer/layer-cache.ts'
import type { LayerEntry } from '../../src/layer/layer.ts'
import { pruneLayers } from '../../src/layer/prune-layers.ts'
import { fileEntry, never, temporaryFolder } from './support.ts'

const SCRIPT = fileURLToPath(new URL('make-kept-layer.ts', import.meta.url))

function cacheIn(home: string) {
  const cache = new LayerCache({ home })
  let made = 0
  return {
    made: () => made,
    layer: (inputs: object = { a: 1 }, content = 'content') =>
      cache.layer(
        {
          inputs,
          entries: () => {
            made++
            return [fileEntry('opt/file', content)]
          },
        },
        { signal: never },
      ),
  }
}

const folderOf = (home: string): string => join(home, 'images', 'layers')
const partialsIn = (home: string): string[] =>
  readdirSync(folderOf(home)).filter((it) => !/^[0-9a-f]{64}\.(?:json|tar\.gz)$/u.test(it))

describe('LayerCache', () => {
  test('makes a layer once', async () => {
    const home = temporaryFolder()
    const { layer, made } = cacheIn(home)
    const [one, two] = await Promise.all([layer({ a: 1, b: 2 }), layer({ b: 2, a: 1 })])
    const { open: _1, ...first } = one
    const { open: _2, ...second } = two
    const { open, ...third } = await cacheIn(home).layer({ a: 1, b: 2 })
    expect(second).toEqual(first)
    expect(third).toEqual(first)
    expect(made()).toBe(1)
    expect(Buffer.concat(await open().toArray()).equals(readFileSync(one.path))).toBe(true)
    await layer({ a: 2 })
    expect(made()).toBe(2)
    expect(partialsIn(home)).toEqual([])
  })

  test.each([
    ['no record', (record: string) => rmSync(record)],
    ['half a record', (record: string) => truncateSync(record, 20)],
    ['a record of something else', (record: string) => writeFileSync(record, '{"digest":"md5:1"}')],
    ['no file', (_: string, blob: string) => rmSync(blob)],
    ['half a file', (_: string, blob: string) => truncateSync(blob, 20)],
  ])('%s: it is made again', async (_, damage) => {
    const home = temporaryFolder()
    const { layer, made } = cacheIn(home)
    const before = await layer()
    damage(before.path.replace('.tar.gz', '.json'), before.path)
    const after = await layer()
    expect(after.digest).toBe(before.digest)
    expect(made()).toBe(2)
    expect(readFileSync(after.path).length).toBe(after.size)
  })

  test('wrong bytes of the right size are found on the way out, and forgotten', async () => {
    const { layer, made } = cacheIn(temporaryFolder())
    const { path, open, digest, size } = await layer({}, 'x'.repeat(100_000))
    const bytes = readFileSync(path)
    bytes[30] = (bytes[30] as number) ^ 1
    writeFileSync(path, bytes)
    let sent = 0
    await expect(async () => {
      for await (const part of open() as AsyncIterable<Buffer>) sent += part.length
    }).rejects.toMatchObject({ code: 'IMAGE_FAILED', message: expect.stringContaining('is damaged') as string })
    expect(sent).toBeLessThan(size)
    expect((await layer({}, 'x'.repeat(100_000))).digest).toBe(digest)
    expect(made()).toBe(2)
  })

  test('a failure is not kept', async () => {
    const home = temporaryFolder()
    const cache = new LayerCache({ home })
    const entries = (): LayerEntry[] => {
      throw new Error('npm failed')
    }
    await expect(cache.layer({ inputs: { a: 1 }, entries }, { signal: never })).rejects.toThrow('npm failed')
    const wrong = { ...fileEntry('x', 'x'), size: 2 }
    const writing = cache.layer({ inputs: { a: 1 }, entries: () => [wrong] }, { signal: never })
    await expect(writing).rejects.toThrow('changed while it was read')
    expect(readdirSync(folderOf(home))).toEqual([])
    await cacheIn(home).layer()
  })

  test('of several processes one makes it', { timeout: 60_000 }, async () => {
    const home = temporaryFolder()
    const log = join(temporaryFolder(), 'log')
    const run = async (): Promise<string> => {
      const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', SCRIPT, home, log, '3000000'])
      return stdout
    }
    const digests = await Promise.all([run(), run(), run()])
    expect(new Set(digests).size).toBe(1)
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(1)
  })

  test('one that is killed leaves nothing that the next one trusts', { timeout: 60_000 }, async () => {
    const home = temporaryFolder()
    const log = join(temporaryFolder(), 'log')
    const child = spawn(process.execPath, ['--no-warnings', SCRIPT, home, log, '900000000'], { stdio: 'ignore' })
    const hasBegun = (): boolean => existsSync(folderOf(home)) && partialsIn(home).some((it) => it.endsWith('.partial'))
    while (!hasBegun()) await setTimeout(20)
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(readdirSync(folderOf(home)).some((it) => it.endsWith('.json'))).toBe(false)
    // Also somebody who makes another layer removes what is left.
    await cacheIn(home).layer()
    expect(partialsIn(home)).toEqual([])
  })

  test('an abort ends the wait for somebody else', async () => {
    const cache = new LayerCache({ home: temporaryFolder() })
    const controller = new AbortController()
    let goOn: (() => void) | undefined
    const first = cache.layer(
      { inputs: {}, entries: () => new Promise((resolve) => (goOn = () => resolve(none()))) },
      { signal: never },
    )
    while (goOn === undefined) await setTimeout(5)
    const second = cache.layer({ inputs: {}, entries: () => [] }, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    goOn()
    await first
  })
})

async function* none(): AsyncGenerator<LayerEntry> {}

describe('pruneLayers', () => {
  const HOUR = 3_600_000

  async function threeLayers(): Promise<{ folder: string; names: string[] }> {
    const home = temporaryFolder()
    const { layer } = cacheIn(home)
    const names: string[] = []
    for (const [index, ageMs] of [100 * HOUR, 2 * HOUR, HOUR / 2].entries()) {
      const { path } = await layer({ index }, String(index))
      const usedAt = new Date(Date.now() - ageMs)
      utimesSync(path.replace('.tar.gz', '.json'), usedAt, usedAt)
      names.push(path.slice(folderOf(home).length + 1))
    }
    return { folder: folderOf(home), names }
  }
  const blobs = (folder: string): string[] =>
    readdirSync(folder)
      .filter((it) => it.endsWith('.tar.gz'))
      .sort()

  test('removes what was not used for longest', async () => {
    const { folder, names } = await threeLayers()
    await pruneLayers(folder)
    expect(blobs(folder)).toEqual(names.toSorted())
    await pruneLayers(folder, { count: 2 })
    expect(blobs(folder)).toEqual(names.slice(1).sort())
    await pruneLayers(folder, { size: 1 })
    // The last one was used in the last hour.
    expect(blobs(folder)).toEqual(names.slice(2))
    expect(readdirSync(folder)).toHaveLength(2)
  })

  test('removes files without a record once they are old', async () => {
    const { folder, names } = await threeLayers()
    for (const name of names) rmSync(join(folder, name.replace('.tar.gz', '.json')))
    await pruneLayers(folder)
    expect(blobs(folder)).toHaveLength(3)
    const old = new Date(Date.now() - 2 * HOUR)
    utimesSync(join(folder, names[0] as string), old, old)
    await pruneLayers(folder)
    expect(blobs(folder)).toEqual(names.slice(1).sort())
  })
})
