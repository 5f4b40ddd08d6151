import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { BIN, shellEnvironment } from './helpers/sidestep.ts'
import { until } from './helpers/until.ts'

const ESC = '\u001B'
const HIDE_CURSOR = `${ESC}[?25l`
const SHOW_CURSOR = `${ESC}[?25h`

/** `script` gives a program a terminal; the options are those of util-linux. */
const hasScript = ((): boolean => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
  } catch {
    return false
  }
})()

let project: Project

beforeAll(async () => {
  project = await createProject({
    'pipeline.ts': `
import { pipeline, step } from '@sidestep/core'

const load = step({ name: 'load' }, async (_input, { log }) => {
  log('reading \\u001B[2J\\u001B]0;owned\\u0007rows')
  console.log('\\u001B[32mfrom the console\\u001B[39m\\u001B[2J')
  await new Promise((resolve) => setTimeout(resolve, 500))
})
const train = step({ name: 'train', stepOperator: true }, async (seconds: number) => {
  console.log('epoch 1 \\u001B[2J\\u001B]0;owned\\u0007')
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
})

export default pipeline('penguins', async (seconds: number) => {
  await load()
  await train(seconds)
  return 'the result'
})
`,
  })
})

afterAll(() => project.remove())

interface OnTerminal {
  readonly child: ChildProcess
  /** Everything that was written to the terminal. */
  output(): string
  readonly code: Promise<number | null>
}

function onTerminal(seconds: number, environment: Readonly<Record<string, string>> = {}): OnTerminal {
  const command = `stty cols 80 rows 24; '${process.execPath}' '${BIN}' run pipeline.ts --input ${seconds}`
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    cwd: project.folder,
    env: shellEnvironment({ TERM: 'xterm-256color', SHELL: '/bin/sh', ...environment }),
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { child, output: () => output, code: once(child, 'close').then(([code]) => code as number | null) }
}

test.skipIf(!hasScript)(
  'a live view comes and goes, with the console of steps above it (needs script of util-linux)',
  async () => {
    const terminal = onTerminal(1)
    expect(await terminal.code).toBe(0)
    const output = terminal.output()

    expect(output).toContain(HIDE_CURSOR)
    expect(output).toContain('\u001B[32mfrom the console')
    expect(output).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]\S* train +\S+ +running +\ds/u)
    expect(output).toContain('│ reading rows')
    expect(output.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(output.lastIndexOf(HIDE_CURSOR))
    const after = output.slice(output.lastIndexOf(SHOW_CURSOR))
    expect(after).toMatch(/train +\S*succeeded/)
    expect(after).toMatch(/the result\r\n$/)
    // What steps print cannot clear the screen or rename the window.
    expect(output).not.toContain('\u001B[2J')
    expect(output).not.toContain('\u001B]0;')
  },
)

test.skipIf(!hasScript)(
  'Ctrl-C on the keyboard cancels, and gives the cursor back (needs script of util-linux)',
  async () => {
    const terminal = onTerminal(120)
    await until('the step runs', () => /train +\S+ +running/.test(terminal.output()))
    terminal.child.stdin?.write('\u0003')
    expect(await terminal.code).toBe(130)
    expect(terminal.output()).toContain('cancelling 1 job, waiting for the confirmation; Ctrl-C again leaves at once')
    expect(terminal.output()).toMatch(/was cancelled after/)
    expect(terminal.output().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(terminal.output().lastIndexOf(HIDE_CURSOR))
  },
)

test.skipIf(!hasScript)('NO_COLOR takes the colours away, CI the live view (needs script of util-linux)', async () => {
  const [plain, ci] = [onTerminal(0, { NO_COLOR: '1' }), onTerminal(0, { CI: 'true', NO_COLOR: '1' })]
  expect(await plain.code).toBe(0)
  // The user's own console keeps the colours that it was told to write.
  const console = `${ESC}[32mfrom the console${ESC}[39m${ESC}[0m`
  expect(plain.output().replaceAll(console, '')).not.toMatch(new RegExp(`${ESC}\\[[0-9;]*m`))
  expect(await ci.code).toBe(0)
  expect(ci.output()).toContain('[train] epoch 1')
  expect(ci.output()).not.toContain(HIDE_CURSOR)
})
