import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { entriesOfFolder, type EntriesOfFolderOptions } from '../../src/layer/entries-of-folder.ts'
import { writeLayer } from '../../src/layer/write-layer.ts'
import { all, has, never, paths, temporaryFolder } from './support.ts'

const of = (folder: string, options: Partial<EntriesOfFolderOptions> = {}) =>
  entriesOfFolder(folder, { below: 'app', signal: never, ...options })

async function diffId(folder: string): Promise<string> {
  return (await writeLayer(of(folder), { path: join(temporaryFolder(), 'layer'), signal: never })).diffId
}

async function refusal(folder: string, options: Partial<EntriesOfFolderOptions> = {}): Promise<string> {
  const error: unknown = await all(of(folder, options)).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'IMAGE_INVALID', kind: 'config' })
  return (error as Error).message
}

describe('entriesOfFolder', () => {
  test('gives files, folders and links', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'src/empty'), { recursive: true })
    writeFileSync(join(folder, 'src/run'), 'run', { mode: 0o700 })
    writeFileSync(join(folder, 'src/data'), 'data')
    linkSync(join(folder, 'src/data'), join(folder, 'hard'))
    symlinkSync('src/../src/data', join(folder, 'soft'))
    const entries = new Map((await all(of(folder))).map((entry) => [entry.path, entry]))
    expect([...entries.keys()].sort()).toEqual([
      'app/hard',
      'app/soft',
      'app/src',
      'app/src/data',
      'app/src/empty',
      'app/src/run',
    ])
    expect(entries.get('app/src/run')).toMatchObject({ type: 'file', executable: true, size: 3 })
    expect(entries.get('app/hard')).toMatchObject({ type: 'file', executable: false, size: 4 })
    expect(entries.get('app/soft')).toMatchObject({ type: 'symlink', target: 'src/../src/data' })
    expect(await paths(of(folder, { path: 'src/run', below: '' }))).toEqual(['src/run'])
  })

  test('neither times, permissions nor the order of creation count', async () => {
    const [one, two] = [temporaryFolder(), temporaryFolder()]
    const names = Array.from({ length: 50 }, (_, index) => `file-${index}`)
    for (const name of names) writeFileSync(join(one, name), name, { mode: 0o644 })
    for (const name of names.toReversed()) writeFileSync(join(two, name), name, { mode: 0o600 })
    execFileSync('touch', ['-d', '2001-01-01', join(two, 'file-7')])
    expect(await diffId(one)).toBe(await diffId(two))
    chmodSync(join(two, 'file-7'), 0o755)
    expect(await diffId(one)).not.toBe(await diffId(two))
  })

  test('names of 255 bytes', async () => {
    const folder = temporaryFolder()
    const name = `${'ü'.repeat(127)}x`
    writeFileSync(join(folder, name), 'x')
    expect(await paths(of(folder))).toEqual([`app/${name}`])
    await diffId(folder)
  })

  test.each(['/etc/passwd', '../outside', 'a/../../outside', '..'])('a link to %s leads out', async (target) => {
    const folder = temporaryFolder()
    symlinkSync(target, join(folder, 'link'))
    expect(await refusal(folder)).toContain(`link is a link to ${target}, which is outside`)
  })

  test('nothing is read through a link', async () => {
    const [folder, outside] = [temporaryFolder(), temporaryFolder()]
    writeFileSync(join(outside, 'secret'), 'secret')
    symlinkSync(outside, join(folder, 'link'))
    expect(await refusal(folder, { path: 'link/secret' })).toContain('which is not a folder of its own')
    expect(await refusal(folder, { path: '../x' })).toContain('is not a path in')
    expect(await refusal(folder, { path: 'missing' })).toContain('there is no')
  })

  test('a name that is not UTF-8', async () => {
    const folder = temporaryFolder()
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), 'x')
    expect(await refusal(folder)).toContain('is not UTF-8: café')
  })

  test.skipIf(!has('mkfifo'))('a FIFO, unless it is left out (skipped without mkfifo)', async () => {
    const folder = temporaryFolder()
    execFileSync('mkfifo', [join(folder, 'pipe')])
    expect(await refusal(folder)).toContain('pipe is a FIFO, which an image cannot hold')
    expect(await paths(of(folder, { leaveOut: () => 'this' }))).toEqual([])
  })

  test('a file that cannot be read is named', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'closed')
    writeFileSync(file, 'x')
    const entries = await all(of(folder))
    chmodSync(folder, 0o755)
    chmodSync(file, 0)
    const path = join(temporaryFolder(), 'layer')
    chmodSync(join(path, '..'), 0o777)
    await asNobody(async () => {
      await expect(writeLayer(entries, { path, signal: never })).rejects.toThrow(
        new RegExp(`${file} cannot be read: EACCES`, 'u'),
      )
    })
  })

  const sizes = [{ size: 10 }, { size: 300_000 }]
  test.each(sizes)('a file of $size bytes that changes after it was listed is named', async ({ size }) => {
    const folder = temporaryFolder()
    const file = join(folder, 'data')
    const write = async (change: () => void): Promise<unknown> => {
      writeFileSync(file, 'x'.repeat(size))
      const entries = await all(of(folder))
      change()
      return writeLayer(entries, { path: join(temporaryFolder(), 'layer'), signal: never })
    }
    const failure = (what: string) => ({
      code: 'IMAGE_FAILED',
      message: expect.stringContaining(`${file} changed while it was read: ${what}`) as string,
    })
    await expect(write(() => appendFileSync(file, 'y'))).rejects.toMatchObject(failure(`it had ${size} bytes, then`))
    await expect(write(() => execFileSync('touch', [file]))).rejects.toMatchObject(failure('it was written to'))
    const replace = (): void => {
      writeFileSync(`${file}.new`, 'y'.repeat(size))
      renameSync(`${file}.new`, file)
    }
    await expect(write(replace)).rejects.toMatchObject(failure('another file took its place'))
    await expect(write(() => rmSync(file))).rejects.toThrow('cannot be read: ENOENT')
    const relink = (): void => {
      rmSync(file)
      symlinkSync('/etc/passwd', file)
    }
    await expect(write(relink)).rejects.toThrow('cannot be read: ELOOP')
  })

  test('a file that grows while it is read is named', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'log')
    writeFileSync(file, Buffer.alloc(5_000_000, 'x'))
    const [entry] = await all(of(folder))
    if (entry?.type !== 'file') throw new Error('no file')
    const reading = entry.open()
    let read = 0
    await expect(async () => {
      for await (const bytes of reading as AsyncIterable<Buffer>) {
        if (read === 0) appendFileSync(file, 'more')
        read += bytes.length
      }
    }).rejects.toThrow('changed while it was read')
    expect(read).toBe(5_000_000)
  })
})

/** Root reads everything. */
async function asNobody(act: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return await act()
  process.seteuid?.(65_534)
  try {
    await act()
  } finally {
    process.seteuid?.(0)
  }
}
