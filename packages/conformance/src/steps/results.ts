import { createHash } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  commandStep,
  file,
  fileAt,
  folder,
  step,
  type Artifact,
  type Folder,
  type Step,
  type StoredFile,
} from '@sidestep/core'

import { began } from './began.ts'
import { SETTINGS } from './settings.ts'

/** What JSON cannot hold, beside what it can. */
export interface Rich {
  readonly text: string
  readonly date: Date
  readonly counts: Map<string, number>
  readonly bytes: Uint8Array
  readonly nothing: undefined
  readonly big: bigint
}

/** Twice its input. */
export const double: Step<number, Promise<number>> = step(
  { name: 'double', stepOperator: true, settings: SETTINGS },
  async (value: number) => {
    began()
    return value * 2
  },
)

/** Gives back what it was given. */
export const echo: Step<Rich, Rich> = step({ name: 'echo', stepOperator: true, settings: SETTINGS }, (value: Rich) => {
  began()
  return value
})

/** The sum of what other steps returned. */
export const sum: Step<readonly number[], number> = step(
  { name: 'sum', stepOperator: true, settings: SETTINGS },
  (values: readonly number[]) => {
    began()
    return values.reduce((total, value) => total + value, 0)
  },
)

/** Bytes, as many as it is asked for, that every reader can check. */
export const produce: Step<number, Uint8Array> = step(
  { name: 'produce', stepOperator: true, settings: SETTINGS },
  (size: number) => {
    began()
    return bytesOf(size)
  },
)

/** The sha256 of bytes. */
export const digest: Step<Uint8Array, string> = step(
  { name: 'digest', stepOperator: true, settings: SETTINGS },
  (bytes: Uint8Array) => {
    began()
    return sha256(bytes)
  },
)

/** What shells, files of variables and encodings have their own ideas about. */
export const VARIABLES: Readonly<Record<string, string>> = {
  CONFORMANCE_QUOTES: `it's "quoted" \\ and $HOME is \`not\` expanded; {inputs.x} %PATH% !`,
  CONFORMANCE_LINES: 'one\ntwo\r\n\tthree\n',
  CONFORMANCE_EMPTY: '',
  CONFORMANCE_UNICODE: 'größer als 0 €, 日本語, 👩‍🚀',
  CONFORMANCE_EQUALS: '=a=b=',
}

/** Those variables, as they arrived: by the operator, or else by what the job reads itself. */
export const environment: Step<undefined, Readonly<Record<string, string | undefined>>> = step(
  { name: 'environment', stepOperator: true, settings: SETTINGS, docker: { environment: VARIABLES } },
  () => {
    began()
    return Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, process.env[name]]))
  },
)

/** A value longer than some providers take. */
export const LONG_VALUE: string = `${'0123456789'.repeat(500)}!`

/** How long that value is in the job, and its end. */
export const longEnvironment: Step<undefined, string> = step(
  {
    name: 'long-environment',
    stepOperator: true,
    settings: SETTINGS,
    docker: { environment: { CONFORMANCE_LONG: LONG_VALUE } },
  },
  () => {
    began()
    const { CONFORMANCE_LONG: value = '' } = process.env
    return `${value.length}${value.slice(-1)}`
  },
)

/** A file with some lines. */
export const lines: Step<number, Promise<StoredFile>> = step(
  { name: 'lines', stepOperator: true, settings: SETTINGS },
  async (count: number) => {
    began()
    const path = join(await mkdtemp(join(tmpdir(), 'conformance-')), 'lines.txt')
    await writeFile(path, Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join(''))
    return fileAt(path)
  },
)

const REVERSE = `
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const [, source, target, several] = process.argv
const lines = readFileSync(source, 'utf8').trimEnd().split('\\n')
writeFileSync(target, lines.toReversed().map((line) => line + '\\n').join(''))
mkdirSync(several + '/deep', { recursive: true })
writeFileSync(several + '/deep/first.txt', lines[0])
writeFileSync(several + '/count.json', JSON.stringify(lines.length))
console.log('conformance: user code began')
`

/** What {@link reverse} leaves. */
export interface Reversed {
  readonly reversed: Artifact<Uint8Array>
  readonly about: Artifact<Folder>
}

/** A command: the lines in reverse order as a file, and a folder about them. */
export const reverse: (inputs: { readonly lines: Artifact<StoredFile> }) => Promise<Reversed> = commandStep({
  name: 'reverse',
  stepOperator: true,
  settings: SETTINGS,
  command: ['node', '-e', REVERSE, '{inputs.lines}', '{outputs.reversed}', '{outputs.about}'],
  inputs: { lines: file<StoredFile>() },
  outputs: { reversed: file<Uint8Array>('reversed.txt'), about: folder() },
})

/** Bytes that are the same everywhere, and repeat nowhere near. */
export function bytesOf(size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let state = 1
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

/** In lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
