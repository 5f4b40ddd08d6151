import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep } from './helpers/sidestep.ts'

const OPERATOR = `import { BaseStepOperator } from '@sidestep/core'

enum Word { Hello = 'hello' }

export class NiceStepOperator extends BaseStepOperator {
  static override readonly FLAVOR = 'nice'
  readonly word = Word.Hello
  async launch(): Promise<void> {}
}

export class LocalStepOperator extends NiceStepOperator {
  static override readonly FLAVOR = 'local'
}

export class OtherNice extends NiceStepOperator {}

export class Unfinished extends BaseStepOperator {
  static override readonly FLAVOR = 'unfinished'
}
`

let project: Project
let cwd: string

beforeAll(async () => {
  project = await createProject({
    'package.json': '{ "name": "project", "type": "module", "dependencies": { "@sidestep/local": "*" } }',
    'src/operators.ts': OPERATOR,
    'sidestep.yaml': 'flavors:\n  step_operator:\n    lost: ./src/lost.ts#Lost\n',
  })
  cwd = project.folder
  await mkdir(join(cwd, 'src/inner'))
})

afterAll(() => project.remove())

test('flavors of integrations, known ones, and damaged ones are listed', async () => {
  const [text, json] = await Promise.all([
    sidestep(['step-operator', 'flavor', 'list'], { cwd }),
    sidestep(['step-operator', 'flavor', 'list', '--output', 'json'], { cwd }),
  ])
  expect(text.stderr).toBe('')
  expect(text.stdout).toMatch(/^flavor +integration +version +source +state$/m)
  expect(text.stdout).toMatch(/^local +local +\S+ +@sidestep\/local +installed$/m)
  expect(text.stdout).toMatch(/^vertex .*planned$/m)
  expect(text.stdout).toMatch(/^lost .*damaged\n {2}problem: .*lost\.ts/m)
  expect(JSON.parse(json.stdout)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'step_operator', flavor: 'local', integration: 'local', state: 'installed' }),
      {
        type: 'step_operator',
        flavor: 'lost',
        summary: null,
        integration: null,
        version: null,
        source: './src/lost.ts#Lost',
        state: 'damaged',
        install: null,
        problem: expect.objectContaining({ code: 'FLAVOR_INVALID', hint: expect.any(String) as string }) as object,
      },
    ]),
  )
  expect([text.code, json.code]).toEqual([0, 0])
})

test('a run goes on with an operator that only the CLI can compile', { timeout: 60_000 }, async () => {
  const other = await createProject({
    'src/operators.ts': OPERATOR,
    'pipeline.ts': `
import { pipeline, step } from '@sidestep/core'
const work = step({ name: 'work', stepOperator: true }, () => 1)
export default pipeline('own', async () => work())
`,
    'sidestep.yaml': `
flavors: { step_operator: { nice: ./src/operators.ts#NiceStepOperator } }
components: { step_operator: { own: { flavor: nice } }, artifact_store: { disk: { flavor: local } } }
stacks: { own: { artifact_store: disk, step_operators: [own] } }
active_stack: own
`,
  })
  const options = { cwd: other.folder }
  const first = await sidestep(['run', 'pipeline.ts', '--output', 'json'], options)
  const { runId } = JSON.parse(first.stdout) as { readonly runId: string }
  const second = await sidestep(['runs', 'resume', runId, '--output', 'json'], options)
  const steps = [expect.objectContaining({ operator: 'own', status: 'failed' })]
  for (const { stdout } of [first, second]) expect(JSON.parse(stdout)).toMatchObject({ runId, steps })
  await other.remove()
})

test('a flavor of the project: register, again, describe, use, delete', { timeout: 60_000 }, async () => {
  const register = ['step-operator', 'flavor', 'register', '../operators.ts#NiceStepOperator']
  const first = await sidestep(register, { cwd: join(cwd, 'src/inner') })
  expect(first.stderr).toContain('next: sidestep step-operator register NAME --flavor nice')
  expect(first.stdout).toContain('nice (./src/operators.ts#NiceStepOperator) registered in')
  expect(await readFile(join(cwd, 'sidestep.yaml'), 'utf8')).toMatch(/nice: \.\/src\/operators\.ts#NiceStepOperator/)
  const again = await sidestep([...register, '--output', 'json'], { cwd: join(cwd, 'src/inner') })
  expect(JSON.parse(again.stdout)).toMatchObject({ flavor: 'nice', registered: false })
  expect(again.code).toBe(0)

  const other = ['step-operator', 'flavor', 'register', './src/operators.ts#OtherNice']
  const taken = await sidestep(other, { cwd })
  expect(taken.stderr).toContain('(NAME_TAKEN)')
  expect(taken.stderr).toContain("flavor register './src/operators.ts#OtherNice' --replace")
  expect(taken.code).toBe(2)
  const replaced = await sidestep([...other, '--replace'], { cwd })
  expect(replaced.stdout).toContain('in sidestep.yaml, in the place of ./src/operators.ts#NiceStepOperator')
  const file = join(cwd, 'sidestep.yaml')
  await writeFile(file, (await readFile(file, 'utf8')).replace('operators.ts#OtherNice', 'moved-away.ts#Nice'))
  const help = await sidestep(['step-operator', 'register', 'a', '--flavor', 'nice', '--help'], { cwd })
  expect(help.stderr).toContain('moved-away.ts')
  expect(help.stdout).toContain('Usage: sidestep step-operator register')
  expect(help.code).toBe(0)
  const moved = await sidestep([...register, '--output', 'json'], { cwd: join(cwd, 'src/inner') })
  expect(JSON.parse(moved.stdout)).toMatchObject({ registered: true, replaced: './src/moved-away.ts#Nice' })
  const described = await sidestep(['step-operator', 'flavor', 'describe', 'nice'], { cwd })
  expect(described.stdout).toContain('./src/operators.ts#NiceStepOperator')
  expect(described.stdout).toContain('--set key=value')
  const used = await sidestep(
    ['step-operator', 'register', 'mine', '--flavor', 'nice', '--set', 'level=5', '--set', 'a.b=x'],
    { cwd },
  )
  expect(used.stderr).not.toContain('problem')
  expect(await readFile(join(cwd, 'sidestep.yaml'), 'utf8')).toMatch(/level: 5\n +a:\n +b: x/)
  const refused = await sidestep(['step-operator', 'flavor', 'delete', 'nice'], { cwd })
  expect(refused.stderr).toContain('mine')
  expect(refused.code).toBe(2)
  await sidestep(['step-operator', 'delete', 'mine'], { cwd })
  const deleted = await sidestep(['step-operator', 'flavor', 'delete', 'nice'], { cwd })
  expect(deleted.code).toBe(0)
  expect(await readFile(join(cwd, 'sidestep.yaml'), 'utf8')).not.toContain('nice')
})

test('what cannot be registered says why, and what to do', { timeout: 60_000 }, async () => {
  const before = await readFile(join(cwd, 'sidestep.yaml'), 'utf8')
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['./src/operators.ts', ['#']],
    ['src/operators.ts#NiceStepOperator', ['reads as a package', 'Write ./src/operators.ts#NiceStepOperator']],
    ['./src/gone.ts#Gone', ['gone.ts']],
    ['./src/operators.ts#NiceStepOperater', ['NiceStepOperater', 'NiceStepOperator']],
    ['./src/operators.ts#Unfinished', ['launch']],
    ['./src/operators.ts#LocalStepOperator', ['FLAVOR local', 'the integration local has too']],
  ]
  const found = await Promise.all(
    cases.map(([source]) => sidestep(['step-operator', 'flavor', 'register', source], { cwd })),
  )
  for (const [index, [source, expected]] of cases.entries()) {
    for (const text of expected) expect(found[index]?.stderr, source).toContain(text)
    expect([source, found[index]?.code, found[index]?.stdout]).toEqual([source, 2, ''])
  }
  const wrongType = await sidestep(['artifact-store', 'flavor', 'register', './src/operators.ts#NiceStepOperator'], {
    cwd,
  })
  expect(wrongType.stderr).toContain('is a flavor of step operators, not of artifact stores')
  expect(wrongType.code).toBe(2)
  expect(await readFile(join(cwd, 'sidestep.yaml'), 'utf8')).toBe(before)
})

test('describe gives every key that a flavor takes', async () => {
  const [text, json, planned, deleted, unknown] = await Promise.all([
    sidestep(['step-operator', 'flavor', 'describe', 'local'], { cwd }),
    sidestep(['step-operator', 'flavor', 'describe', 'local', '--output', 'json'], { cwd }),
    sidestep(['step-operator', 'flavor', 'describe', 'vertex'], { cwd }),
    sidestep(['step-operator', 'flavor', 'delete', 'local'], { cwd }),
    sidestep(['step-operator', 'flavor', 'describe', 'lokal'], { cwd }),
  ])
  expect(text.stdout).toMatch(/^ {2}resources +enforce \| ignore +enforce +\S/m)
  expect(text.stdout).toMatch(/^settings of a step: settings\['step_operator\.local'\]$/m)
  expect(JSON.parse(json.stdout)).toMatchObject({
    flavor: 'local',
    problem: null,
    configSchema: { properties: { resources: { default: 'enforce' } } },
  })
  expect(planned.stdout).toMatch(/state +planned/)
  expect(deleted.stderr).toContain('comes with the package @sidestep/local')
  expect(unknown.stderr).toContain('local')
  expect([text, json, planned, deleted, unknown].map(({ code }) => code)).toEqual([0, 0, 0, 2, 2])
})
