import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep, type Finished } from './helpers/sidestep.ts'

const FILE = `# The stacks of this project.
components:
  artifact_store:
    disk: { flavor: local } # on this machine
  step_operator:
    here:
      flavor: local # the machine itself
      resources: ignore
stacks:
  main: { artifact_store: disk, step_operators: [here] }
`

let project: Project

beforeAll(async () => {
  project = await createProject({ 'sidestep.yaml': FILE })
})

afterAll(() => project.remove())

function run(...args: string[]): Promise<Finished> {
  return sidestep(args, { cwd: project.folder })
}

function file(): Promise<string> {
  return readFile(join(project.folder, 'sidestep.yaml'), 'utf8')
}

test('register, list, describe, update, copy, rename, delete', { timeout: 60_000 }, async () => {
  const registered = await run(
    'step-operator',
    'register',
    'gpu',
    '--flavor',
    'local',
    '--stop-grace=30s',
    '--resources',
    'ignore',
  )
  expect(registered.stderr).toContain('next: sidestep stack register NAME --artifact-store STORE --step-operator')
  expect(registered.stdout).toMatch(
    /^registered the step operator gpu of the flavor local in sidestep\.yaml:\d+:\d+\n$/,
  )
  expect(registered.code).toBe(0)
  expect(await file()).toContain('here:\n      flavor: local # the machine itself')

  const listed = await run('step-operator', 'list', '--output', 'json')
  expect(JSON.parse(listed.stdout)).toEqual([
    {
      type: 'step_operator',
      name: 'here',
      flavor: 'local',
      config: { resources: 'ignore' },
      stacks: ['main'],
      place: expect.stringMatching(/^sidestep\.yaml:\d+:\d+$/) as string,
    },
    {
      type: 'step_operator',
      name: 'gpu',
      flavor: 'local',
      config: { stopGrace: '30s', resources: 'ignore' },
      stacks: [],
      place: expect.any(String) as string,
    },
  ])

  const updated = await run('step-operator', 'update', 'gpu', '--stopGrace', '${env:GRACE}', '--unset', 'resources')
  expect(updated.stderr).toBe('')
  expect(updated.code).toBe(0)
  const described = await run('step-operator', 'describe', 'gpu', '--output', 'json')
  expect(JSON.parse(described.stdout)).toMatchObject({
    config: { stopGrace: '${env:GRACE}' },
    defaults: { resources: 'enforce' },
    integration: 'local',
    problem: null,
    file: join(project.folder, 'sidestep.yaml'),
  })

  const copied = await run('step-operator', 'copy', 'gpu', 'big')
  expect(copied.stdout).toContain('copied the step operator gpu to big')
  const renamed = await run('step-operator', 'rename', 'here', 'there')
  expect(renamed.stdout).toBe('renamed the step operator here to there; so it is called in main now\n')
  expect(renamed.stderr).toContain("stepOperator: 'here' becomes stepOperator: 'there'")
  expect(await file()).toContain('step_operators: [there]')
  const deleted = await run('step-operator', 'delete', 'big')
  expect(deleted.code).toBe(0)
  expect(await file()).not.toContain('big')
  expect(await file()).toContain('# on this machine')

  const shown = await run('step-operator', 'describe', 'there')
  expect(shown.stdout).toMatch(/^step operator there\n {2}flavor +local \(integration local/)
  expect(shown.stdout).toMatch(/^ {2}resources +ignore$/m)
  expect(shown.stdout).toMatch(/^ {2}stopGrace .*default$/m)
})

test('what is wrong is told with its option, and the file stays as it was', { timeout: 60_000 }, async () => {
  const before = await file()
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['register', 'x'],
      ['needs --flavor', 'There is: docker, local'],
    ],
    [
      ['register', 'x', '--flavor', 'lokal'],
      ['lokal', 'local'],
    ],
    [
      ['register', 'x', '--flavor', 'local', '--resource=ignore'],
      ['has no option --resource', 'Did you mean --resources?'],
    ],
    [
      ['register', 'x', '--flavor', 'local', '--resources=never'],
      ['--resources must be enforce | ignore', '--help'],
    ],
    [['register', 'x', '--flavor', 'local', '--stop-grace=1s', '--stopGrace=2s'], ['is given twice']],
    [
      ['register', 'x', '--flavor', 'local', '--set', 'stopGrce=1s'],
      ['stopGrce', 'stopGrace'],
    ],
    [['register', 'x', '--flavor', 'local', '--stop-grace=soon'], ['--stop-grace: ']],
    [
      ['register', 'x y', '--flavor', 'local'],
      ['"x y" cannot be the name of a component', 'holds a space'],
    ],
    [
      ['register', 'there', '--flavor', 'local'],
      ['there', 'sidestep.yaml:'],
    ],
    [
      ['update', 'ther', '--resources=ignore'],
      ['ther', 'there'],
    ],
    [['update', 'there'], ['nothing says what to change']],
    [['delete', 'there'], ['main']],
  ]
  const found = await Promise.all(cases.map(([args]) => run('step-operator', ...args)))
  for (const [index, [args, expected]] of cases.entries()) {
    const { code, stdout, stderr } = found[index] as Finished
    for (const text of expected) expect(stderr, args.join(' ')).toContain(text)
    expect(stderr, args.join(' ')).not.toMatch(/^ +at /m)
    expect([args, code, stdout]).toEqual([args, 2, ''])
  }
  expect(await file()).toBe(before)
})

test('help shows the options of the flavor, with type, default and description', async () => {
  const [withFlavor, without, ofUpdate] = await Promise.all([
    run('step-operator', 'register', '--flavor', 'local', '--help'),
    run('artifact-store', 'register', '--help'),
    run('step-operator', 'update', 'there', '-h'),
  ])
  expect(withFlavor.stdout).toContain('Options of the flavor local:')
  expect(withFlavor.stdout).toMatch(/--resources <enforce\|ignore> +\S/)
  expect(withFlavor.stdout).toMatch(/default:\s+enforce/)
  expect(withFlavor.stdout).not.toContain('--stopGrace')
  expect(without.stdout).toContain('Flavors that are installed: local\n')
  expect(ofUpdate.stdout).toContain('--stop-grace')
  expect(ofUpdate.stdout).toContain('--unset <key>')
  for (const { code, stdout } of [withFlavor, without, ofUpdate]) {
    expect(stdout).toContain('Examples:')
    expect(code).toBe(0)
  }
})

test('a flavor that nobody has is a problem of the component, not of the list', async () => {
  const other = await createProject({
    'sidestep.yaml': 'components:\n  step_operator:\n    far: { flavor: nowhere, region: a }\n',
  })
  try {
    const listed = await sidestep(['step-operator', 'list'], { cwd: other.folder })
    expect(listed.stdout).toMatch(/^far +nowhere +region: a$/m)
    const described = await sidestep(['step-operator', 'describe', 'far'], { cwd: other.folder })
    expect(described.stdout).toContain('problem:')
    expect(described.code).toBe(0)
    await writeFile(join(other.folder, 'sidestep.yaml'), 'components: [\n')
    const broken = await sidestep(['step-operator', 'list', '--output', 'json'], { cwd: other.folder })
    expect(broken.stderr).toMatch(/sidestep\.yaml:\d+:\d+/)
    expect(JSON.parse(broken.stdout)).toMatchObject({ error: { code: 'CONFIG_INVALID' } })
    expect(broken.code).toBe(2)
  } finally {
    await other.remove()
  }
})
