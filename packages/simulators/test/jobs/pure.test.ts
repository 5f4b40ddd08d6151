import { spawnSync } from 'node:child_process'

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { FrameReader } from '../../src/jobs/containers/frame-reader.ts'
import { whyUnfit } from '../../src/jobs/containers/engine.ts'
import { parseImageName } from '../../src/jobs/image-name.ts'
import { LineSplitter } from '../../src/jobs/line-splitter.ts'
import { isGone, thisOwner } from '../../src/jobs/owner.ts'
import { FixedFolders } from '../../src/jobs/processes/fixed-folders.ts'
import { imageOf } from '../../src/jobs/processes/image.ts'

/** Bytes in pieces of any size. */
const pieces = fc
  .tuple(fc.string({ unit: fc.constantFrom('a', '€', '\n', '\r', '\0') }), fc.array(fc.nat(20)))
  .map(([text, sizes]) => ({ text, cut: (bytes: Buffer) => cut(bytes, sizes) }))

function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const all: Buffer[] = []
  let at = 0
  for (const size of sizes) {
    all.push(bytes.subarray(at, at + size))
    at += size
  }
  return [...all, bytes.subarray(at)]
}

describe('lines', () => {
  test('are the same however their bytes are cut', () => {
    fc.assert(
      fc.property(pieces, ({ text, cut: cutter }) => {
        const lines: string[] = []
        const splitter = new LineSplitter((line) => lines.push(line))
        for (const piece of cutter(Buffer.from(text))) splitter.write(piece)
        splitter.end()
        const expected = text.split('\n')
        if (expected.at(-1) === '') expected.pop()
        expect(lines).toEqual(expected.map((line) => line.replace(/\r$/, '')))
      }),
    )
  })

  test('that have no end come in parts', () => {
    const lines: string[] = []
    const splitter = new LineSplitter((line) => lines.push(line), 4)
    for (const piece of ['abcdefghij\nab', 'cd', '\n', 'abcd']) splitter.write(Buffer.from(piece))
    splitter.end()
    expect(lines).toEqual(['abcd', 'efgh', 'ij', 'abcd', 'abcd'])
  })
})

test('frames of an engine are the same however their bytes are cut', () => {
  const frame = fc.record({ stream: fc.constantFrom(1, 2), text: fc.string() })
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.nat(12)), (frames, sizes) => {
      const bytes = frames.map(({ stream, text }) => {
        const header = Buffer.alloc(8)
        header.writeUInt8(stream, 0)
        header.writeUInt32BE(Buffer.byteLength(text), 4)
        return Buffer.concat([header, Buffer.from(text)])
      })
      const found = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
      const reader = new FrameReader((part, stream) => found[stream].push(part))
      for (const piece of cut(Buffer.concat(bytes), sizes)) reader.write(piece)
      const of = (wanted: number): string =>
        frames
          .filter(({ stream }) => stream === wanted)
          .map(({ text }) => text)
          .join('')
      expect(Buffer.concat(found.stdout).toString()).toBe(Buffer.from(of(1)).toString())
      expect(Buffer.concat(found.stderr).toString()).toBe(Buffer.from(of(2)).toString())
    }),
  )
  const reader = new FrameReader(() => {})
  expect(() => reader.write(Buffer.from('a terminal'))).toThrow(/not known/)
})

describe('fixed folders', () => {
  const folders = new FixedFolders('/j/$&/root', ['/opt/ml', '/opt/sidestep', '/a.b'])
  test.each([
    ['/opt/ml', '/j/$&/root/opt/ml'],
    ['/opt/ml/input/data', '/j/$&/root/opt/ml/input/data'],
    ['/bin:/opt/sidestep/node/bin:/opt/ml', '/bin:/j/$&/root/opt/sidestep/node/bin:/j/$&/root/opt/ml'],
    ['--out=/opt/ml/model', '--out=/j/$&/root/opt/ml/model'],
    ['{"uri":"file:///opt/ml/x"}', '{"uri":"file:///j/$&/root/opt/ml/x"}'],
    ['/a.b/c', '/j/$&/root/a.b/c'],
  ])('%s is %s', (text, expected) => expect(folders.inText(text)).toBe(expected))

  test.each([
    's3://bucket/opt/ml',
    '/mnt/opt/ml',
    '/opt/mlx',
    '/opt/ml-data',
    '/opt/ml.txt',
    'opt/ml',
    '/axb/c',
    '~/opt/ml',
  ])('%s stays as it is', (text) => expect(folders.inText(text)).toBe(text))

  test('no place is outside', () => {
    expect(folders.place('/../../etc')).toBe('/j/$&/root/etc')
  })
})

describe('the layers that Sidestep made', () => {
  const layers = ['a', 'b', 'c'].map((digest) => ({ mediaType: 'x', digest }))
  test('are those of which the history says so', () => {
    const history = [
      { created_by: 'RUN' },
      { created_by: 'sidestep', empty_layer: true },
      { created_by: 'sidestep', comment: 'Node.js 24.21.0' },
      { created_by: 'sidestep', comment: 'code' },
    ]
    expect(imageOf(layers, { history }).ownLayers).toEqual(layers.slice(2))
  })

  test('are not known where the history does not fit', () => {
    expect(imageOf(layers, { history: [{ created_by: 'sidestep' }] }).ownLayers).toEqual([])
    expect(imageOf(layers, {})).toEqual({ ownLayers: [], entrypoint: [], command: [], environment: [], workdir: '/' })
  })
})

test('names of images', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const name = { host: '127.0.0.1:5000', repository: 'team/app', digest }
  expect(parseImageName(`127.0.0.1:5000/team/app@${digest}`)).toEqual(name)
  expect(parseImageName(`127.0.0.1:5000/team/app:v1@${digest}`)).toEqual(name)
  for (const wrong of [
    'app',
    `app@${digest}`,
    `h/app@sha256:abc`,
    `h/APP@${digest}`,
    `h/../app@${digest}`,
    `h/app?x@${digest}`,
  ]) {
    expect(() => parseImageName(wrong), wrong).toThrow(RangeError)
  }
})

test('an owner is gone when its process has ended', () => {
  expect(isGone(thisOwner())).toBe(false)
  const owner = `import { thisOwner } from ${JSON.stringify(new URL('../../src/jobs/owner.ts', import.meta.url).href)}; console.log(thisOwner())`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', owner], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(isGone(stdout.trim())).toBe(true)
  for (const unknown of ['', 'x', 'a_b_c_d']) expect(isGone(unknown)).toBe(false)
})

test('Podman, and engines of another machine or of a user, are not used', () => {
  const info = { NCPU: 1, OSType: 'linux', KernelVersion: 'another' }
  expect(whyUnfit({ Version: '1', Components: [{ Name: 'Podman Engine' }] }, info)).toMatch(/is Podman/)
  expect(whyUnfit({ Version: '1' }, info)).toMatch(/machine of its own/)
})
