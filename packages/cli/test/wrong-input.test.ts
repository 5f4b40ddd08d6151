import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep, sidestepEach, type Finished } from './helpers/sidestep.ts'

const PIPELINE = `import { pipeline } from '@sidestep/core'\n`

let project: Project
let cwd: string

beforeAll(async () => {
  project = await createProject({
    'missing-package.ts': `import { RandomForest } from 'ml-random-forest'\nexport default RandomForest\n`,
    'missing-name.ts': `import { helped } from './helper.ts'\nexport default helped\n`,
    'helper.ts': 'export const helper = 1\n',
    'nowhere.ts': `import { x } from './gone.ts'\nexport default x\n`,
    'syntax.ts': 'export const one: number = 1\nexport const two = {\n  three:\n}\n',
    'syntax.js': 'export const one = 1\nexport const two = {\n  three:\n}\n',
    'imports-syntax.ts': `import './syntax.js'\n`,
    'throws.ts': `${PIPELINE}function setUp(): never {\n  throw new Error('no database')\n}\nsetUp()\nexport default pipeline('p', async () => 1)\n`,
    'old/package.json': '{ "type": "commonjs" }\n',
    'old/esm.ts': `import { pipeline } from '@sidestep/core'\nexport default pipeline('p', async () => 1)\n`,
    'old/exports.js': 'export const one = 1\n',
    'waits.ts': 'await new Promise(() => {})\n',
    'two.ts': `${PIPELINE}export const a = pipeline('a', async () => 1)\nexport const b = pipeline('b', async () => 1)\n`,
    'none.ts': 'export default async function train(): Promise<void> {}\n',
    'plain.ts': `${PIPELINE}export default pipeline('plain', async () => 1)\n`,
    'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }\n',
    'src/colours.ts': `export enum Colour { Red = 'red' }\nexport class Paint { constructor(readonly colour: Colour) {} }\n`,
    'all-of-typescript.ts': `import { pipeline, step } from '@sidestep/core'
import { Colour, Paint } from '@/colours'
import { helper } from './helper'

const paint = step({ name: 'paint', stepOperator: true }, () => new Paint(Colour.Red).colour.repeat(helper))
const fail = step({ name: 'fail', stepOperator: true }, () => {
  throw new Error('boom')
})
export default pipeline('colours', async (input: string) => (input === 'fail' ? fail() : paint()))
`,
  })
  cwd = project.folder
})

afterAll(() => project.remove())

const FILES: readonly (readonly [file: string, expected: readonly string[]])[] = [
  [
    'missing-package.ts',
    [
      'missing-package.ts imports the package ml-random-forest, which is not installed',
      "await import('ml-random-forest')",
    ],
  ],
  [
    'missing-name.ts',
    ["does not provide an export named 'helped'", 'missing-name.ts:1:10', "1 │ import { helped } from './helper.ts'"],
  ],
  ['nowhere.ts', ['nowhere.ts imports gone.ts, and there is no such file']],
  ['syntax.ts', ['syntax.ts cannot be loaded', 'syntax.ts:4:1']],
  ['syntax.js', ['syntax.js cannot be loaded', 'syntax.js:4:1']],
  [
    'throws.ts',
    ['throws.ts threw while it was loaded: no database', 'throws.ts:3:9', "3 │   throw new Error('no database')"],
  ],
  ['old/exports.js', ['npm pkg set type=module, or rename the file to .mjs']],
  ['two.ts', ['two.ts exports several pipelines: a, b', 'default export']],
  ['none.ts', ['none.ts exports no pipeline', 'Its default export is a plain function']],
  ['gone.ts', ['there is no file gone.ts', 'there is']],
  ['src', ['src is a folder, not a file', 'src/colours.ts']],
  ['tsconfig.json', ['tsconfig.json is not a module that Node can load']],
]

const LINES: readonly (readonly [args: readonly string[], expected: string])[] = [
  [['run', 'plain.ts', '--input', '{rows: 1}'], 'line 1, column 2'],
  [['run', 'plain.ts', '--input', '@gone.json'], '--input cannot read gone.json'],
  [['run', 'plain.ts', '--stack', 'prod'], 'There is: default (this machine).'],
  [['run', 'plain.ts', '--output', 'yaml'], 'Allowed choices are text, json'],
  [['run', 'plain.ts', '--inptu', '1'], 'Did you mean --input?'],
  [['run'], "missing required argument 'file'"],
  [['rnu'], 'Did you mean run?'],
]

describe('exit code 2, with what to do', () => {
  let files: readonly Finished[]
  let lines: readonly Finished[]
  beforeAll(async () => {
    const all = await sidestepEach([...FILES.map(([file]) => ['run', file]), ...LINES.map(([args]) => args)], { cwd })
    files = all.slice(0, FILES.length)
    lines = all.slice(FILES.length)
  })

  test.each(FILES.map((row, index) => [...row, index] as const))('%s', (_file, expected, index) => {
    expect(flawsOf(files[index], expected)).toEqual([])
  })

  test.each(LINES.map((row, index) => [...row, index] as const))('%j', (_args, expected, index) => {
    expect(flawsOf(lines[index], [expected])).toEqual([])
  })

  // The others share a process, where a module is loaded once.
  test.each([
    ['imports-syntax.ts', ['imports-syntax.ts cannot be loaded', 'syntax.js:4:1']],
    ['old/esm.ts', ['outside a module', 'npm pkg set type=module, or rename the file to .mts']],
  ])('%s, in a process of its own', async (file, expected) => {
    expect(flawsOf(await sidestep(['run', file], { cwd }), expected)).toEqual([])
  })
})

/** What of a refusal is not as it must be. */
function flawsOf(finished: Finished | undefined, expected: readonly string[]): readonly string[] {
  if (finished === undefined) return ['was not called']
  const { code, stdout, stderr } = finished
  const flaws = [
    ...expected.filter((text) => !stderr.includes(text)).map((text) => `does not say: ${text}`),
    ...(/^ +at /m.test(stderr) ? ['has a trace'] : []),
    ...(stdout === '' ? [] : [`stdout: ${stdout}`]),
    ...(code === 2 ? [] : [`exit code ${code}`]),
  ]
  return flaws.length === 0 ? [] : [...flaws, stderr]
}

test('a module that waits for ever is told', async () => {
  const { code, stderr } = await sidestep(['run', 'waits.ts'], { cwd })
  expect(stderr).toContain('waits.ts waits for a promise that nothing can settle any more')
  expect(code).toBe(2)
})

test('SIDESTEP_STACK names a stack too', async () => {
  const { code, stderr } = await sidestep(['run', 'plain.ts'], { cwd, environment: { SIDESTEP_STACK: 'prod' } })
  expect(stderr).toContain('SIDESTEP_STACK names the stack "prod"')
  expect(code).toBe(2)
})

test('what Node leaves in TypeScript works, in this process and in a job', async () => {
  const { code, stdout } = await sidestep(['run', 'all-of-typescript.ts'], { cwd })
  expect(stdout).toBe('red\n')
  expect(code).toBe(0)
})

test('and errors in such a file have their place in it', async () => {
  const { code, stderr } = await sidestep(['run', 'all-of-typescript.ts', '--input', '"fail"'], { cwd })
  expect(stderr).toContain('all-of-typescript.ts:7:9')
  expect(code).toBe(1)
})

test('help teaches by examples', async () => {
  const { code, stdout } = await sidestep(['run', '--help'], { cwd })
  expect(stdout).toContain('$ sidestep run src/pipeline.ts --input @input.json --stack prod')
  expect(stdout).toContain('Exit codes: 0 success, 1 the run failed, 2 the input was wrong, 130 interrupted.')
  expect(code).toBe(0)
})
