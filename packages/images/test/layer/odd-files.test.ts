import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { docker, NODE_BASE, noEngine, REGISTRY } from '@sidestep/containers'
import { describe, expect, onTestFinished, test } from 'vitest'

import { entriesOfFolder } from '../../src/layer/entries-of-folder.ts'
import type { LayerEntry } from '../../src/layer/layer.ts'
import { sortEntries } from '../../src/layer/sort-entries.ts'
import { tarPieces } from '../../src/layer/tar-pieces.ts'
import { writeLayer } from '../../src/layer/write-layer.ts'
import { builder, options, recipe, registryAt } from '../builder/support.ts'
import { all, has, never, temporaryFolder } from './support.ts'

const LONG = 'ü'.repeat(127)
const DEEP = Array.from({ length: 20 }, (_, n) => `${n}-${'d'.repeat(40)}`).join('/')

/** All that a Linux file system can hold and an image can too. */
function oddFolder(): string {
  const folder = temporaryFolder()
  const write = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text, { mode })
  }
  write(`${LONG}x`, 'a name of 255 bytes')
  write(`p/${'q'.repeat(98)}/exactly-a-hundred`, 'and a little more')
  write(`${DEEP}/leaf`, 'a path of 900 bytes')
  write('Readme', 'case')
  write('README', 'CASE')
  write('naïve/日本語 🙂.txt', 'names')
  write(' leading and trailing ', 'blanks')
  write('-rf', 'an option')
  write('a\\b"c\n\td', 'escapes')
  write('bin/run', '#!/bin/sh\n', 0o700)
  write('closed', 'for others', 0o600)
  write('empty-file', '')
  mkdirSync(join(folder, 'empty/folder'), { recursive: true, mode: 0o700 })
  linkSync(join(folder, 'Readme'), join(folder, 'hard-link'))
  symlinkSync('bin/run', join(folder, 'link'))
  symlinkSync('loop-b', join(folder, 'loop-a'))
  symlinkSync('loop-a', join(folder, 'loop-b'))
  symlinkSync('.', join(folder, 'naïve/here'))
  symlinkSync('gone', join(folder, 'dangling'))
  symlinkSync(`${DEEP}/leaf`, join(folder, 'long-link'))
  return folder
}

/** Path, kind, mode and content of everything in a folder; run by whichever Node.js is there. */
const LIST = `
const fs = require('fs'), path = require('path'), crypto = require('crypto'), out = {}
const walk = (folder, below) => { for (const name of fs.readdirSync(folder)) {
  const at = path.join(folder, name), it = fs.lstatSync(at), key = path.posix.join(below, name)
  const mode = (it.mode & 0o7777).toString(8)
  if (it.isDirectory()) { out[key] = 'folder ' + mode; walk(at, key) }
  else if (it.isSymbolicLink()) out[key] = 'link ' + fs.readlinkSync(at)
  else out[key] = 'file ' + mode + ' ' + crypto.createHash('sha256').update(fs.readFileSync(at)).digest('hex')
} }
walk(process.argv[1], ''); console.log(JSON.stringify(out))
`
type Listing = Readonly<Record<string, string>>

const listing = (folder: string): Listing =>
  JSON.parse(execFileSync(process.execPath, ['-e', LIST, folder], { encoding: 'utf8' })) as Listing

async function expected(folder: string): Promise<Listing> {
  const sorted = await sortEntries(await all(entriesOfFolder(folder, { below: '', signal: never })), { signal: never })
  const describeEntry = (entry: LayerEntry): string => {
    if (entry.type === 'folder') return 'folder 755'
    if (entry.type === 'symlink') return `link ${entry.target}`
    const sha256 = createHash('sha256')
      .update(readFileSync(join(folder, entry.path)))
      .digest('hex')
    return `file ${entry.executable ? '755' : '644'} ${sha256}`
  }
  return Object.fromEntries(sorted.map((entry) => [entry.path, describeEntry(entry)]))
}

const PYTHON = 'import sys, tarfile\ntarfile.open(sys.argv[1]).extractall(sys.argv[2])'

describe('a folder of odd files', () => {
  test('holds all of them', async () => {
    const found = await expected(oddFolder())
    expect(Object.keys(found)).toHaveLength(45)
    expect(found['bin/run']).toMatch(/^file 755 /u)
    expect(found['closed']).toMatch(/^file 644 /u)
    expect(found['hard-link']).toBe(found['Readme'])
  })

  const programs = {
    tar: (layer: string, into: string) => ['-xpzf', layer, '-C', into],
    python3: (layer: string, into: string) => ['-c', PYTHON, layer, into],
  }
  for (const [program, args] of Object.entries(programs)) {
    test.skipIf(!has(program))(`comes out of ${program} as it went in (skipped without it)`, async () => {
      const folder = oddFolder()
      const [layer, into] = [join(temporaryFolder(), 'layer.tar.gz'), temporaryFolder()]
      await writeLayer(entriesOfFolder(folder, { below: '', signal: never }), { path: layer, signal: never })
      execFileSync(program, args(layer, into), { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
      expect(listing(into)).toEqual(await expected(folder))
    })
  }

  test.skipIf(noEngine !== undefined)(
    `comes out of a real engine as it went in${noEngine === undefined ? '' : ` (${noEngine})`}`,
    async () => {
      const folder = temporaryFolder()
      cpSync(oddFolder(), join(folder, 'odd'), { recursive: true, verbatimSymlinks: true })
      const place = { folder, home: join(folder, '.sidestep') }
      const made = await recipe(place, 'export {}', { files: ['odd'], workdir: '/w' })
      const { image } = await builder(NODE_BASE).build(made, options(place, registryAt(`${REGISTRY}/tests-odd`)))
      onTestFinished(async () => void (await docker(['rmi', image])))
      const run = ['run', '--rm', '--network', 'none', '--entrypoint', 'node', image, '-e', LIST, '/w/odd']
      expect(JSON.parse(await docker(run, { timeoutMs: 60_000 }))).toEqual(await expected(join(folder, 'odd')))
    },
    90_000,
  )

  test('has the same digests in another folder, by another umask, locale and time zone', async () => {
    const one = oddFolder()
    const two = temporaryFolder()
    cpSync(one, two, { recursive: true, verbatimSymlinks: true })
    chmodSync(join(two, 'closed'), 0o644)
    const program = join(import.meta.dirname, 'print-layer.ts')
    const print = async (folder: string, umask: string, environment: Record<string, string>): Promise<string> => {
      const args = ['--no-warnings', program, folder, join(temporaryFolder(), 'layer'), umask]
      return (await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...environment } })).stdout
    }
    const [first, second] = await Promise.all([
      print(one, '022', { TZ: 'UTC', LC_ALL: 'C' }),
      print(two, '077', { TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', SOURCE_DATE_EPOCH: '1' }),
    ])
    expect(first).toMatch(/^sha256:[0-9a-f]{64} sha256:[0-9a-f]{64}\n$/u)
    expect(second).toBe(first)
  })
})

describe('what no image can hold', () => {
  test('a socket', async () => {
    const folder = mkdtempSync('/tmp/odd-')
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const server = createServer().listen(join(folder, 'socket'))
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    await expect(all(entriesOfFolder(folder, { below: '', signal: never }))).rejects.toThrow('is a socket')
  })

  test('a device', async () => {
    const devices = entriesOfFolder('/dev', { below: '', path: 'null', signal: never })
    await expect(all(devices)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: '/dev/null is a device, which an image cannot hold',
    })
  })

  test('a folder that is replaced by a link after it was listed is not followed', async () => {
    const [folder, outside] = [temporaryFolder(), temporaryFolder()]
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'data/file'), 'mine')
    writeFileSync(join(outside, 'file'), 'secret')
    const entries = await all(entriesOfFolder(folder, { below: '', signal: never }))
    renameSync(join(folder, 'data'), join(folder, 'before'))
    symlinkSync(outside, join(folder, 'data'))
    const written = writeLayer(entries, { path: join(temporaryFolder(), 'layer'), signal: never })
    await expect(written).rejects.toThrow('another file took its place')
  })
})

test.skipIf(!has('tar') || !has('python3'))(
  'a file of 9 GiB is announced as one (skipped without tar and python3)',
  async () => {
    const size = 9 * 1024 ** 3
    const huge: LayerEntry = {
      type: 'file',
      path: 'huge',
      executable: false,
      size,
      open: () => {
        throw new Error('only its header is wanted')
      },
      // oxlint-disable-next-line require-yield -- it ends before its first byte
      *content() {
        throw new Error('only its header is wanted')
      },
    }
    const header: Buffer[] = []
    await expect(async () => {
      for await (const piece of tarPieces([huge], { pieceSize: 512, buffers: 4, signal: never }))
        header.push(Buffer.from(piece))
    }).rejects.toThrow('only its header')
    const path = join(temporaryFolder(), 'a.tar')
    writeFileSync(path, Buffer.concat(header))
    const python = 'import sys, tarfile\nprint(tarfile.open(sys.argv[1]).next().size)'
    expect(execFileSync('python3', ['-c', python, path], { encoding: 'utf8' }).trim()).toBe(`${size}`)
    const listed = (() => {
      try {
        return execFileSync('tar', ['-tvf', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      } catch (error) {
        return (error as { stdout: string }).stdout
      }
    })()
    expect(listed).toContain(` ${size} `)
  },
)
