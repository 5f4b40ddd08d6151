import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep, sidestepEach, type Finished } from './helpers/sidestep.ts'

const YAML = `# what runs where
components:
  step_operator:
    gpu: { flavor: local } # the big one
    cpu: { flavor: local, stopGrace: 5s }
  artifact_store:
    lake: { flavor: local }
stacks:
  prod: { artifact_store: lake, step_operators: [gpu, cpu], default_step_operator: gpu }
active_stack: prod
`

const CORE = `import { pipeline, step } from '@sidestep/core'\n`
const PIPELINES = {
  'plain.ts': `${CORE}export default pipeline('plain', async (input: unknown) => input)\n`,
  'none.ts': 'export const helper = 1\n',
  'ends-early.ts': 'export const open = {\n',
  'twins.ts': `${CORE}const one = step({ name: 'add', stepOperator: true }, () => 1)
step({ name: 'add', stepOperator: true }, () => 2)
export default pipeline('twins', async () => one())\n`,
  'named.ts': `${CORE}const given = JSON.parse(process.env['GIVEN'] ?? '{}')
const a = step({ name: 'a', ...given.step }, () => 1)
export default pipeline(given.pipeline ?? 'named', async () => a())\n`,
}

/** Every file of a project by its path, but for what is installed. */
function filesOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith('node_modules'))
  return Object.fromEntries(paths.toSorted().map((path) => [path, readFileSync(join(folder, path), 'latin1')]))
}

/** What is not as it must be: one message with its code and a hint, no trace, nothing on stdout, and exit code 2. */
function flawsOf({ code, stdout, stderr }: Finished, expected: readonly string[]): string[] {
  const flaws = [
    ...expected.filter((text) => !stderr.includes(text)).map((text) => `does not say: ${text}`),
    ...(/^✖ .* \([A-Z_]+\)$/m.test(stderr) && stderr.split('✖').length === 2
      ? []
      : ['has not one message with a code']),
    ...(stderr.includes('hint: ') ? [] : ['has no hint']),
    ...(/^ +at /m.test(stderr) ? ['has a trace'] : []),
    ...(stdout === '' ? [] : [`stdout: ${stdout}`]),
    ...(code === 2 ? [] : [`exit code ${code}`]),
  ]
  return flaws.length === 0 ? [] : [...flaws, stderr]
}

type Row = readonly [args: readonly string[], expected: readonly string[]]

const TOO_LONG = 'x'.repeat(300)
const REGISTER = ['step-operator', 'register', 'x', '--flavor', 'local']
const UPDATE = ['step-operator', 'update', 'gpu']

const WRONG: readonly Row[] = [
  [
    ['stack', 'update', 'prod', '-s', 'gppu'],
    ['"gppu"', 'Did you mean gpu?'],
  ],
  [
    ['stack', 'delete', '__proto__'],
    ['there is no stack "__proto__"', 'There is: prod, default'],
  ],
  [
    ['step-operator', 'rename', 'constructor', 'x'],
    ['"constructor"', 'It has: gpu, cpu.'],
  ],
  [[...REGISTER, '--set', 'stopGrac=1s'], ['did you mean stopGrace?']],
  [[...UPDATE, '--set', '__proto__.polluted=1'], ['there is no __proto__']],
  [
    [...UPDATE, '--stop-grace', 'soon'],
    ['"soon", which is not a duration', "'90s'"],
  ],
  [
    [...UPDATE, '--stop-grace'],
    ['argument missing', 'step-operator update --help'],
  ],
  [
    ['step-operator', 'copy', 'gpu', '../x'],
    ['"../x" cannot be the name', 'it holds "/"'],
  ],
  [['stack', 'register', 'näme', '-a', 'lake', '-s', 'gpu'], ['it holds "ä"']],
  [['stack', 'rename', 'prod', TOO_LONG], ['it has 300 characters, more than 63']],
  [['stack', 'copy', 'prod', '__proto__'], ['it begins with "_"']],
  [['stack', 'copy', 'prod', '\u001B[31mred'], [String.raw`"\u001b[31mred"`]],
  [['run', 'plain.ts', '--id', TOO_LONG], ['xxx…" cannot be the id of a run']],
  [
    ['run', 'ends-early.ts'],
    ['ends-early.ts cannot be loaded: Expected `}`', 'ends-early.ts:2:1'],
  ],
  [
    ['stack', 'validate', '--pipeline', 'none.ts'],
    ['none.ts exports no pipeline', 'It exports helper.'],
  ],
  [
    ['run', 'plain.ts', '--input', '@.'],
    ['--input cannot read .: EISDIR', '--input @input.json'],
  ],
]

const TWICE: readonly Row[] = [
  [
    ['run', 'plain.ts', '--stack', 'prod', '--stack', 'prod'],
    ["option '--stack <name>' is given twice", 'run --help'],
  ],
  [['run', 'plain.ts', '--input', '1', '--input', '2'], ["'--input <json>' is given twice"]],
  [['runs', 'list', '--output', 'text', '--output=text'], ["'--output <format>' is given twice"]],
  [['stack', 'register', 'x', '-a', 'lake', '--artifact-store', 'lake'], ['is given twice']],
  [['stack', 'update', 'prod', '-i', 'x', '--no-image-builder'], ['contradict each other']],
  [[...UPDATE, '--output', 'text', '--output', 'text'], ["'--output <format>' is given twice"]],
]

describe('in one project', () => {
  let project: Project
  let cwd: string
  let before: Record<string, string>
  let finished: ReadonlyMap<Row, Finished>
  const rows: readonly Row[] = [...WRONG, ...TWICE]

  beforeAll(async () => {
    project = await createProject({ 'sidestep.yaml': YAML, ...PIPELINES }, { withHome: false })
    cwd = project.folder
    before = filesOf(cwd)
    const all = await sidestepEach(
      rows.map(([args]) => args),
      { cwd },
    )
    finished = new Map(rows.flatMap((row, index) => (all[index] === undefined ? [] : [[row, all[index]]])))
  })

  afterAll(() => project.remove())

  test.each(rows.map((row) => [row[0], row] as const))('%j', (_args, row) => {
    const one = finished.get(row)
    expect(one === undefined ? ['was not called'] : flawsOf(one, row[1])).toEqual([])
  })

  // Of every way in which a command line is refused, by itself: the others share a process.
  test.concurrent.each(
    ['stack delete __proto__', 'run ends-early.ts', 'stack copy', 'step-operator update', 'runs list'].flatMap(
      (start) => rows.filter(([args]) => args.join(' ').startsWith(start)).slice(0, 1),
    ),
  )('%j in a process of its own', async (args, expected) => {
    const own = await sidestep(args, { cwd })
    expect(flawsOf(own, expected)).toEqual([])
    expect(own).toEqual([...finished].find(([row]) => row[0] === args)?.[1])
  })

  test.concurrent('a list and a switch may be given again', async () => {
    const args = ['stack', 'update', 'prod', '-s', 'cpu', '-s', 'gone', '--verbose', '--verbose']
    const { code, stderr } = await sidestep(args, { cwd })
    expect(stderr).toContain('names the step operator "gone"')
    expect(code).toBe(2)
  })

  test.concurrent.each([
    ['../x', '"../x" cannot be the name of a pipeline'],
    [TOO_LONG, 'it has 300 characters'],
  ])('a pipeline called %s', async (name, expected) => {
    const environment = { GIVEN: JSON.stringify({ pipeline: name }) }
    expect(flawsOf(await sidestep(['run', 'named.ts'], { cwd, environment }), [expected])).toEqual([])
  })

  test.concurrent('what commander refuses is one JSON document too', async () => {
    const { code, stdout } = await sidestep(['run', 'plain.ts', '--stak', 'x', '--output', 'json'], { cwd })
    expect(JSON.parse(stdout)).toEqual({
      error: expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: "sidestep run: unknown option '--stak'",
        hint: 'Did you mean --stack? What can be given: sidestep run --help',
      }) as unknown,
    })
    expect(code).toBe(2)
  })

  // On Linux nobody, root included, makes a folder there.
  test.skipIf(!existsSync('/proc/self'))('a home folder that cannot be made', async () => {
    const options = { cwd, environment: { SIDESTEP_HOME: '/proc/sidestep' } }
    const all = await sidestepEach(
      [
        ['run', 'plain.ts'],
        ['stack', 'set', 'prod'],
      ],
      options,
    )
    for (const one of all) expect(flawsOf(one, ['/proc/sidestep', 'Set SIDESTEP_HOME'])).toEqual([])
  })

  test('none of them has changed anything', () => {
    expect(filesOf(cwd)).toEqual(before)
  })
})

test.concurrent.each<[step: object, expected: string]>([
  [{ name: '\u001B[31m' }, String.raw`the step "\u001b[31m"`],
  [{ stepOperator: '../gpu' }, 'stepOperator: must be 1 to 63 letters'],
  [{ stepOperator: true, settings: { local: {} } }, 'must be `step_operator.` and the name of a flavor'],
])('a step given %j ends its run with exit code 2', async (step, expected) => {
  const own = await createProject(PIPELINES)
  const { code, stderr } = await sidestep(['run', 'named.ts'], {
    cwd: own.folder,
    environment: { GIVEN: JSON.stringify({ step }) },
  })
  expect(stderr).toContain(expected)
  expect(stderr).not.toContain('\u001B')
  expect(code).toBe(2)
  await own.remove()
})

test.concurrent('two steps of one name are not planned, and not found to be right', async () => {
  const own = await createProject(PIPELINES)
  const lines = [
    ['plan', 'twins.ts'],
    ['stack', 'validate', '--pipeline', 'twins.ts'],
  ]
  const [planned, validated] = await sidestepEach(lines, { cwd: own.folder })
  expect(planned && flawsOf(planned, ['two steps are named add', 'are unique'])).toEqual([])
  expect(validated).toMatchObject({ code: 2, stdout: expect.stringContaining('✖ step add: two steps are named add') })
  await own.remove()
})

const LEVELS = [...'abcdefghi']
const BOMB = LEVELS.map((name, level) => {
  const inner = level === 0 ? 'x' : `*${LEVELS[level - 1] ?? ''}`
  return `${name}: &${name} [${Array.from({ length: 9 }, () => inner).join(', ')}]\n`
}).join('')

test.concurrent.each<[what: string, text: string, ...expected: string[]]>([
  ['a tab', 'components:\n\tstep_operator: {}\n', 'sidestep.yaml:2:1: a tab', 'Indent with spaces.'],
  ['a key that is there twice', 'stacks:\n  a: {}\n  a: {}\n', 'sidestep.yaml:3:3', '"a" is there twice'],
  ['an alias bomb', BOMB, 'it stands for more than 50000 values'],
  ['10 MB', `# ${'x'.repeat(10_000_000)}\n`, 'has 10000003 bytes, more than'],
])('sidestep.yaml with %s: a run leaves nothing behind, and no edit touches it', async (_what, text, ...expected) => {
  const own = await createProject({ 'sidestep.yaml': text, ...PIPELINES }, { withHome: false })
  const before = filesOf(own.folder)
  const all = await sidestepEach([['run', 'plain.ts'], REGISTER], { cwd: own.folder })
  for (const one of all) expect(flawsOf(one, expected)).toEqual([])
  expect(filesOf(own.folder)).toEqual(before)
  await own.remove()
})

test.concurrent('a value that the flavor refuses has its place in the report of the run', async () => {
  const text = YAML.replace('{ flavor: local } # the big one', '{ flavor: local, stopGrace: soon }')
  const pipeline = `${CORE}const a = step({ name: 'a', stepOperator: true }, () => 1)
export default pipeline('p', async () => a())\n`
  const own = await createProject({ 'sidestep.yaml': text, 'p.ts': pipeline })
  const { code, stderr } = await sidestep(['run', 'p.ts'], { cwd: own.folder })
  const report = stderr.slice(stderr.indexOf('✖'))
  expect(report).toContain('sidestep.yaml:4:5 components.step_operator.gpu')
  expect(report).toContain('stopGrace: ')
  expect(code).toBe(2)
  await own.remove()
})

test.concurrent('a damaged package.json is named', async () => {
  const own = await createProject({ ...PIPELINES, 'package.json': '{ "name": ' })
  const finished = await sidestep(['run', 'plain.ts'], { cwd: own.folder })
  expect(flawsOf(finished, ['package.json is damaged', 'npm pkg get'])).toEqual([])
  await own.remove()
})

test.concurrent('a result that was tampered with is not used', async () => {
  const pipeline = `${CORE}import { existsSync } from 'node:fs'
const load = step({ name: 'load', stepOperator: true }, () => ({ rows: [1, 2, 3] }))
const sum = step({ name: 'sum' }, ({ rows }: { rows: number[] }) => {
  if (!existsSync('go')) throw new Error('not yet')
  return rows.length
})
export default pipeline('sums', async () => sum(await load()))\n`
  const { folder, remove } = await createProject({ 'p.ts': pipeline })
  expect((await sidestep(['run', 'p.ts', '--id', 'one'], { cwd: folder })).code).toBe(1)
  writeFileSync(join(folder, 'go'), '')
  const run = join(folder, '.sidestep/store/runs/one')
  const stored = readdirSync(run, { recursive: true, encoding: 'utf8' })
  for (const [name, harm] of HARMS) {
    const path = join(run, stored.find((one) => one.endsWith(name)) ?? name)
    const whole = readFileSync(path, 'utf8')
    rmSync(path)
    writeFileSync(path, harm(whole))
    const { code, stderr } = await sidestep(['runs', 'resume', 'one'], { cwd: folder })
    expect(stderr).toContain(`${path.slice(folder.length)} is damaged`)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(code).toBe(1)
    writeFileSync(path, whole)
  }
  expect(await sidestep(['runs', 'resume', 'one'], { cwd: folder })).toMatchObject({ code: 0, stdout: '3\n' })
  await remove()
})

const HARMS: readonly (readonly [name: string, harm: (whole: string) => string])[] = [
  ['outputs/value', (whole) => whole.replace('3', '4')],
  ['result.json', (whole) => whole.slice(0, 40)],
]

// Where Linux lets nobody make a file, root neither: a disk that is full is refused in the same place.
test.runIf(process.platform === 'linux')(
  'what the system refuses while a job is prepared is no fault of Sidestep',
  async () => {
    const job = `import { pipeline, step } from '@sidestep/core'
const one = step({ name: 'one', stepOperator: true }, () => 1)
export default pipeline('jobs', async () => one())
`
    const other = await createProject({ 'jobs.ts': job }, { withHome: false })
    mkdirSync(join(other.folder, '.sidestep'))
    symlinkSync('/sys/kernel', join(other.folder, '.sidestep/bundles'))
    const { code, stderr } = await sidestep(['run', 'jobs.ts'], { cwd: other.folder })
    expect(stderr).toMatch(/E(ACCES|PERM|ROFS)/)
    expect(stderr).toMatch(/hint: .*SIDESTEP_HOME/)
    expect(stderr).not.toContain('fault of Sidestep')
    expect(code).toBe(1)
    await other.remove()
  },
)
