import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'

import { LocalArtifactStore } from '../src/store/local-artifact-store.ts'
import { temporaryFolder } from './support/folders.ts'

async function newStore(): Promise<{ readonly store: LocalArtifactStore; readonly path: string }> {
  const path = join(await temporaryFolder(), 'store')
  return { store: new LocalArtifactStore({ path }), path }
}

async function read(store: LocalArtifactStore, key: string): Promise<string | undefined> {
  const bytes = await store.get(key)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
}

async function keys(store: LocalArtifactStore, prefix: string): Promise<string[]> {
  const found: string[] = []
  for await (const { key } of store.list(prefix)) found.push(key)
  return found.toSorted()
}

function run(fixture: string, args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

describe('the local artifact store', () => {
  it('writes, replaces, reads, measures and deletes', async () => {
    const { store, path } = await newStore()
    expect(await store.put('runs/r/spec.json', Buffer.from('first'))).toBe(5)
    expect(await store.put('runs/r/spec.json', Buffer.from('the second'))).toBe(10)
    expect(await read(store, 'runs/r/spec.json')).toBe('the second')
    expect(await store.stat('runs/r/spec.json')).toEqual({ key: 'runs/r/spec.json', size: 10 })
    expect(await readFile(join(path, 'runs/r/spec.json'), 'utf8')).toBe('the second')
    await store.delete('runs/r/spec.json')
    await store.delete('runs/r/spec.json')
    expect(await store.stat('runs/r/spec.json')).toBeUndefined()
  })

  it('says that what is not there is not there, also beneath an object', async () => {
    const { store } = await newStore()
    await store.put('a/b', Buffer.from('x'))
    for (const key of ['c', 'a', 'a/c', 'a/b/c']) {
      expect(await store.read(key)).toBeUndefined()
      expect(await store.get(key)).toBeUndefined()
      expect(await store.stat(key)).toBeUndefined()
      await store.delete(key)
    }
    expect(await keys(store, '')).toEqual(['a/b'])
  })

  it('knows nothing where its folder went away, instead of finding nothing', async () => {
    const { store, path } = await newStore()
    await store.put('a', Buffer.from('x'))
    await rename(path, `${path}-elsewhere`)
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_FAILED', kind: 'infra' })
    await expect(store.stat('b')).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('translates what the disk says', async () => {
    const { store } = await newStore()
    await store.put('a/b', Buffer.from('x'))
    await expect(store.put('a', Buffer.from('y'))).rejects.toMatchObject({ code: 'STORE_FAILED', kind: 'infra' })
    await expect(store.put('a/b/c', Buffer.from('y'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(store.put('../outside', Buffer.from('y'))).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await keys(store, '')).toEqual(['a/b'])
  })

  it('is for its owner alone', async () => {
    const { store, path } = await newStore()
    await store.put('a/b', Buffer.from('x'))
    const modes = await Promise.all(['', 'a', 'a/b'].map(async (name) => (await stat(join(path, name))).mode & 0o777))
    expect(modes).toEqual([0o700, 0o700, 0o600])
  })

  it('lists every object of a prefix, and only those', async () => {
    const { store } = await newStore()
    const all = ['runs/a/1', 'runs/a/2', 'runs/ab/1', 'runs/b', 'cache/x', `long/${'é'.repeat(120)}/x`, '%tmp/x']
    for (const key of all) await store.put(key, Buffer.from(key))
    for (const prefix of [
      '',
      'r',
      'runs',
      'runs/',
      'runs/a',
      'runs/a/',
      'runs/a/1',
      'no',
      'runs/a/1/',
      'long/éé',
      `long/${'é'.repeat(120)}/`,
      '%tmp',
    ]) {
      expect(await keys(store, prefix)).toEqual(all.filter((key) => key.startsWith(prefix)).toSorted())
    }
  })

  it('lists whatever was put, under any prefix', async () => {
    const part = fc
      .string({ unit: fc.constantFrom('a', 'b', '%', 'é', '.', ' '), minLength: 1, maxLength: 4 })
      .filter((it) => !/^\.{1,2}$/.test(it))
    // All of one depth: an object cannot be the beginning of another key.
    const key = fc.tuple(part, part, part).map((parts) => parts.join('/'))
    const prefix = fc
      .tuple(fc.array(part, { maxLength: 2 }), fc.option(part, { nil: '' }))
      .map(([parts, last]) => [...parts, last].join('/'))
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 5 }), prefix, async (put, wanted) => {
        const { store } = await newStore()
        for (const it of put) await store.put(it, Buffer.from(''))
        expect(await keys(store, wanted)).toEqual(put.filter((it) => it.startsWith(wanted)).toSorted())
      }),
      { numRuns: 25 },
    )
  })

  it("does not take somebody else's files for objects", async () => {
    const { store, path } = await newStore()
    await store.put('a', Buffer.from('x'))
    await writeFile(join(path, 'grün.txt'), '')
    await mkdir(join(path, 'x%'))
    expect(await keys(store, '')).toEqual(['a'])
  })

  it('streams what is larger than memory should hold', async () => {
    const { store } = await newStore()
    const piece = Buffer.alloc(2 ** 20, 'x')
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < 200; n += 1) yield piece
    }
    const before = process.memoryUsage().rss
    expect(await store.put('large', body())).toBe(200 * 2 ** 20)
    let bytes = 0
    for await (const chunk of (await store.read('large'))!) bytes += chunk.length
    expect(bytes).toBe(200 * 2 ** 20)
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20)
  })

  it('stops writing and reading when it is told to, and leaves nothing', async () => {
    const { store, path } = await newStore()
    const controller = new AbortController()
    async function* body(): AsyncGenerator<Uint8Array> {
      for (;;) {
        yield Buffer.from('x')
        controller.abort(new Error('enough'))
      }
    }
    await expect(store.put('endless', body(), { signal: controller.signal })).rejects.toThrow()
    expect(await keys(store, '')).toEqual([])
    expect(await readdir(join(path, '%tmp'))).toEqual([])
    await store.put('a', Buffer.from('x'))
    const reading = new AbortController()
    const stream = (await store.read('a', { signal: reading.signal }))!
    reading.abort(new Error('enough'))
    await expect(text(stream as AsyncIterable<Buffer> as never)).rejects.toThrow('enough')
  })

  it("lets a body's own error through, and leaves nothing", async () => {
    const { store } = await newStore()
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x')
      throw new Error('the source broke')
    }
    await expect(store.put('a', body())).rejects.toThrow('the source broke')
    expect(await keys(store, '')).toEqual([])
  })
})

describe('put if absent', () => {
  it('has one winner among processes, and nobody sees a part', async () => {
    const { store, path } = await newStore()
    await store.put('other', Buffer.from('x'))
    const go = `${path}.go`
    const values = ['1', '2', '3', '4', '5', '6']
    const racers = values.map((value) => run('put-if-absent.mjs', [path, 'owner.json', go, value]))
    await Promise.all(racers.map(async ({ stdout }) => once(stdout!, 'data')))
    const answers = Promise.all(racers.map(async ({ stdout }) => (await text(stdout!)).trim()))
    await writeFile(go, '')
    const winners = (await answers).flatMap((answer, index) => (answer === 'true' ? values[index] : []))
    expect(winners).toHaveLength(1)
    expect(await read(store, 'owner.json')).toBe(winners[0]!.repeat(100_000))
    expect(await readdir(join(path, '%tmp'))).toEqual([])
  })

  it('leaves what is there', async () => {
    const { store } = await newStore()
    expect(await store.putIfAbsent('a', Buffer.from('first'))).toBe(true)
    expect(await store.putIfAbsent('a', Buffer.from('second'))).toBe(false)
    expect(await read(store, 'a')).toBe('first')
    await store.put('a', Buffer.from('third'))
    expect(await read(store, 'a')).toBe('third')
  })
})

describe('a writer that was killed', () => {
  it('leaves nothing that anybody reads or lists, and the old object as it was', async () => {
    const { store, path } = await newStore()
    await store.put('model', Buffer.from('the old one'))
    const writer = run('put-slowly.mjs', [path, 'model'])
    await once(writer.stdout!, 'data')
    writer.kill('SIGKILL')
    await once(writer, 'exit')
    expect(await readdir(join(path, '%tmp'))).toHaveLength(1)
    expect(await keys(store, '')).toEqual(['model'])
    expect(await read(store, 'model')).toBe('the old one')
  })

  it('is cleaned up after, a day later', async () => {
    const { path } = await newStore()
    await mkdir(join(path, '%tmp'), { recursive: true })
    const [old, young] = [join(path, '%tmp', 'old'), join(path, '%tmp', 'young')]
    for (const file of [old, young]) await writeFile(file, 'x')
    const longAgo = new Date(Date.now() - 25 * 60 * 60_000)
    await utimes(old, longAgo, longAgo)
    await new LocalArtifactStore({ path }).put('a', Buffer.from('x'))
    expect(await readdir(join(path, '%tmp'))).toEqual(['young'])
  })
})
