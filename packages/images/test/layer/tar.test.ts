import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { LayerEntry } from '../../src/layer/layer.ts'
import { sortEntries } from '../../src/layer/sort-entries.ts'
import { tarHeader } from '../../src/layer/tar-header.ts'
import { tarPieces } from '../../src/layer/tar-pieces.ts'
import { fileEntry, has, never, temporaryFolder } from './support.ts'

const LONG_NAME = 'n'.repeat(255)
const DEEP = Array.from({ length: 12 }, (_, index) => `folder-number-${index}`).join('/')

const SAMPLE: readonly LayerEntry[] = [
  fileEntry('opt/app/run.sh', '#!/bin/sh\n', true),
  fileEntry('opt/app/empty', ''),
  fileEntry('opt/app/block', 'x'.repeat(512)),
  fileEntry(`opt/${LONG_NAME}`, 'long name'),
  fileEntry(`${DEEP}/leaf`, 'deep'),
  fileEntry('opt/größe/日本語 🙂.txt', 'names'),
  fileEntry('opt/line\nbreak', 'odd'),
  { type: 'folder', path: 'opt/nothing-in-it' },
  { type: 'symlink', path: 'opt/link', target: 'app/run.sh' },
  { type: 'symlink', path: 'opt/long-link', target: `${DEEP}/leaf` },
  { type: 'symlink', path: 'opt/größer', target: 'größe/日本語 🙂.txt' },
]

async function tarOf(entries: readonly LayerEntry[], pieceSize = 1 << 16): Promise<Buffer> {
  const pieces: Buffer[] = []
  const sorted = await sortEntries(entries, { signal: never })
  for await (const piece of tarPieces(sorted, { pieceSize, buffers: 1, signal: never })) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

/** What Python's tarfile finds in an archive: the second opinion that is easy to read. */
const LISTING = `
import json, sys, tarfile
with tarfile.open(sys.argv[1]) as tar:
    print(json.dumps([dict(path=m.name, type=m.type.decode(), mode=m.mode, ids=[m.uid, m.gid, m.mtime], link=m.linkname,
        content=tar.extractfile(m).read().decode() if m.isreg() else None) for m in tar.getmembers()]))
`

interface Listed {
  readonly path: string
  readonly type: string
  readonly mode: number
  readonly ids: readonly number[]
  readonly link: string
  readonly content: string | null
}

function listedByPython(archive: Buffer): readonly Listed[] {
  const path = join(temporaryFolder(), 'a.tar')
  writeFileSync(path, archive)
  return JSON.parse(execFileSync('python3', ['-c', LISTING, path], { encoding: 'utf8' })) as Listed[]
}

describe('tar', () => {
  test('has the same bytes everywhere', async () => {
    const digest = createHash('sha256')
      .update(await tarOf(SAMPLE))
      .digest('hex')
    expect(digest).toBe('e600ac508520990a16f0c0f6b34a7cacfe083695b4f0b6009c535e608d5d755c')
  })

  test('does not depend on the order of entries, nor on the size of pieces', async () => {
    const expected = await tarOf(SAMPLE)
    expect((await tarOf(SAMPLE.toReversed(), 512)).equals(expected)).toBe(true)
    expect((await tarOf(SAMPLE, 1000)).equals(expected)).toBe(true)
  })

  test.skipIf(!has('python3'))('is what Python reads (skipped without python3)', async () => {
    const listed = listedByPython(await tarOf(SAMPLE))
    const found = new Map(listed.map((it) => [it.path, it]))
    expect(listed.every(({ ids }) => ids.every((id) => id === 0))).toBe(true)
    expect(found.get('opt')).toMatchObject({ type: '5', mode: 0o755 })
    expect(found.get('opt/app/run.sh')).toMatchObject({ type: '0', mode: 0o755, content: '#!/bin/sh\n' })
    expect(found.get('opt/app/empty')).toMatchObject({ mode: 0o644, content: '' })
    expect(found.get(`opt/${LONG_NAME}`)).toMatchObject({ content: 'long name' })
    expect(found.get(`${DEEP}/leaf`)).toMatchObject({ content: 'deep' })
    expect(found.get('opt/größe/日本語 🙂.txt')).toMatchObject({ content: 'names' })
    expect(found.get('opt/line\nbreak')).toMatchObject({ content: 'odd' })
    expect(found.get('opt/long-link')).toMatchObject({ type: '2', mode: 0o777, link: `${DEEP}/leaf` })
    expect(found.get('opt/größer')).toMatchObject({ link: 'größe/日本語 🙂.txt' })
    // Every folder once, and before what is in it.
    const order = listed.map(({ path }) => path)
    expect(new Set(order).size).toBe(order.length)
    for (const path of order) {
      const parent = path.split('/').slice(0, -1).join('/')
      if (parent !== '') expect(order.indexOf(parent)).toBeLessThan(order.indexOf(path))
    }
  })

  for (const program of ['tar', 'bsdtar']) {
    test.skipIf(!has(program))(`is what ${program} reads (skipped without it)`, async () => {
      const path = join(temporaryFolder(), 'a.tar')
      writeFileSync(path, await tarOf(SAMPLE))
      const environment = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' }
      const lines = execFileSync(program, ['-tvf', path], { encoding: 'utf8', env: environment }).trim().split('\n')
      expect(lines.length).toBe((await sortEntries(SAMPLE, { signal: never })).length)
      expect(lines.some((line) => line.startsWith('-rwxr-xr-x') && line.endsWith('opt/app/run.sh'))).toBe(true)
      expect(lines.some((line) => line.startsWith('drwxr-xr-x') && line.endsWith('opt/nothing-in-it/'))).toBe(true)
      expect(lines.some((line) => line.includes('opt/link -> app/run.sh'))).toBe(true)
      expect(lines.some((line) => line.endsWith(LONG_NAME))).toBe(true)
    })
  }

  test.skipIf(!has('python3'))(
    'any names and contents come back (skipped without python3)',
    { timeout: 60_000 },
    async () => {
      const name = fc
        .string({ unit: 'binary', minLength: 1, maxLength: 60 })
        .map((text) => text.replaceAll(/[/\0]/g, '_'))
        .filter((text) => text !== '.' && text !== '..' && !text.startsWith('.wh.') && Buffer.byteLength(text) <= 255)
      const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join('/'))
      const files = fc.uniqueArray(fc.tuple(path, fc.string({ maxLength: 600 })), {
        maxLength: 30,
        selector: ([it]) => it.split('/')[0],
      })
      await fc.assert(
        fc.asyncProperty(files, async (given) => {
          const listed = listedByPython(await tarOf(given.map(([it, content]) => fileEntry(it, content))))
          const read = listed.filter(({ type }) => type === '0').map((it) => [it.path, it.content])
          expect(new Map(read as [string, string][])).toEqual(new Map(given))
        }),
        { numRuns: 15 },
      )
    },
  )

  test('a size of 8 GiB does not fit into a plain header', () => {
    const header = Buffer.from(tarHeader({ ...fileEntry('big', ''), size: 8 * 1024 ** 3 }))
    expect(header.length).toBe(3 * 512)
    expect(header.toString('latin1')).toContain('19 size=8589934592\n')
    expect(tarHeader({ ...fileEntry('big', ''), size: 8 * 1024 ** 3 - 1 }).length).toBe(512)
  })
})

describe('entries', () => {
  test.each([
    ['/etc/passwd', 'plain relative'],
    ['a/../b', 'plain relative'],
    ['a//b', 'plain relative'],
    ['', 'plain relative'],
    ['a\0b', 'NUL'],
    ['opt/.wh.etc', 'delete files'],
    ['x'.repeat(256), '255 bytes'],
    ['\ud800', 'not Unicode'],
  ])('%j is no path of a layer', async (path, message) => {
    await expect(sortEntries([fileEntry(path, '')], { signal: never })).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining(message) as string,
    })
  })

  test('two things at one path, and a file as a folder', async () => {
    const twice = sortEntries([fileEntry('a', '1'), fileEntry('a', '2')], { signal: never })
    await expect(twice).rejects.toThrow('"a" would be twice'.replaceAll('"', ''))
    const within = sortEntries([fileEntry('a/b', ''), { type: 'symlink', path: 'a', target: '..' }], { signal: never })
    await expect(within).rejects.toThrow('a would be a symlink in the image, and a/b lies in it')
    const folders: LayerEntry[] = [
      { type: 'folder', path: 'a' },
      { type: 'folder', path: 'a' },
    ]
    expect(await sortEntries(folders, { signal: never })).toHaveLength(1)
  })

  test('are sorted by bytes, not by UTF-16', async () => {
    const sorted = await sortEntries(
      ['🙂', '\uFF5E', 'a-b', 'a/b', 'Z'].map((it) => fileEntry(it, '')),
      { signal: never },
    )
    expect(sorted.map(({ path }) => path)).toEqual(['Z', 'a', 'a-b', 'a/b', '\uFF5E', '🙂'])
  })
})
