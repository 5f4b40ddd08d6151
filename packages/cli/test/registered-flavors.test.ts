import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { shellEnvironment, sidestep } from './helpers/sidestep.ts'

const OPERATORS = `import { BaseStepOperator } from '@sidestep/core'

export class Picky extends BaseStepOperator<{ readonly token: string }> {
  static override readonly FLAVOR = 'picky'
  constructor(config: { readonly token: string }) {
    super(config)
    throw new Error('cannot connect to ' + config.token)
  }
  async launch(): Promise<void> {}
}

export class Rude extends BaseStepOperator<{ readonly token: string }> {
  static override readonly FLAVOR = 'rude'
  async launch(): Promise<void> {
    throw new Error('no answer to ' + this.config.token)
  }
}
`

const PIPELINE = `import { pipeline, step } from '@sidestep/core'
const one = step({ name: 'one', stepOperator: true, retry: { maxAttempts: 1 } }, async () => 1)
export default pipeline('app', async () => one())
`

const STACKS = `flavors:
  step_operator:
    picky: ./operators.ts#Picky
    rude: ./operators.ts#Rude
    stuck: ./stuck.ts#Stuck
components:
  artifact_store:
    disk: { flavor: local }
  step_operator:
    here: { flavor: local }
    picky: { flavor: picky, token: '\${env:MY_TOKEN}' }
    rude: { flavor: rude, token: '\${env:MY_TOKEN}' }
    stuck: { flavor: stuck }
stacks:
  here: { artifact_store: disk, step_operators: [here] }
  picky: { artifact_store: disk, step_operators: [picky] }
  rude: { artifact_store: disk, step_operators: [rude] }
  stuck: { artifact_store: disk, step_operators: [stuck] }
`

let project: Project
let cwd: string

beforeAll(async () => {
  project = await createProject({
    'package.json': '{ "name": "app", "type": "module", "dependencies": { "@sidestep/local": "*" } }',
    'operators.ts': OPERATORS,
    'stuck.ts': 'await new Promise(() => {})\nexport class Stuck {}\n',
    'src/pipeline.ts': PIPELINE,
    'src/program.ts': "import app from './pipeline.ts'\nprocess.stdout.write(String(await app.run()))\n",
    'sidestep.yaml': STACKS,
  })
  cwd = project.folder
})

afterAll(() => project.remove())

test('a stack of sidestep.yaml runs from a folder without a package.json', async () => {
  const { code, stdout, stderr } = await sidestep(['run', 'pipeline.ts', '--stack', 'here', '--output', 'json'], {
    cwd: join(cwd, 'src'),
  })
  expect(stderr).not.toContain('unexpected')
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { status: 'succeeded', stack: 'here' }])
  const active = await sidestep(['run', 'pipeline.ts', '--output', 'json'], {
    cwd: join(cwd, 'src'),
    environment: { SIDESTEP_STACK: 'here' },
  })
  expect([active.code, JSON.parse(active.stdout)]).toMatchObject([0, { status: 'succeeded', stack: 'here' }])
  const program = await promisify(execFile)(process.execPath, ['program.ts'], {
    cwd: join(cwd, 'src'),
    env: shellEnvironment({ SIDESTEP_STACK: 'here' }),
  })
  expect(program.stdout).toBe('1')
})

test('what a class throws is told and kept without the values of the environment', async () => {
  const environment = { MY_TOKEN: 'hunter2-and-more' }
  const [validated, picky, rude] = await Promise.all([
    sidestep(['stack', 'validate', 'picky', '--verbose'], { cwd, environment }),
    sidestep(['run', 'src/pipeline.ts', '--stack', 'picky', '--verbose'], { cwd, environment }),
    sidestep(['run', 'src/pipeline.ts', '--stack', 'rude', '--verbose'], { cwd, environment }),
  ])
  const said = [validated, picky, rude].map(({ stdout, stderr }) => stdout + stderr)
  expect(said[0]).toContain('cannot connect to ${env:MY_TOKEN}')
  expect(said[1]).toContain('cannot connect to ${env:MY_TOKEN}')
  expect(said[2]).toContain('no answer to ${env:MY_TOKEN}')
  expect(said.join('\n')).not.toContain('hunter2')
  const home = join(cwd, '.sidestep')
  const files = (await readdir(home, { recursive: true, withFileTypes: true })).filter((it) => it.isFile())
  const texts = await Promise.all(files.map(async (it) => readFile(join(it.parentPath, it.name), 'latin1')))
  expect(texts.some((text) => text.includes('no answer to'))).toBe(true)
  expect(texts.filter((text) => text.includes('hunter2'))).toEqual([])
})

test('a module that waits for nothing is an error, wherever it is needed', async () => {
  const register = ['step-operator', 'flavor', 'register', './stuck.ts#Stuck']
  const results = await Promise.all([
    sidestep(register, { cwd }),
    sidestep(['stack', 'validate', 'stuck'], { cwd }),
    sidestep(['run', 'src/pipeline.ts', '--stack', 'stuck'], { cwd }),
  ])
  for (const { code, stderr, stdout } of results) {
    expect(stderr + stdout).toMatch(/stuck\.ts waits for a promise that nothing can settle any more/)
    expect(code).toBe(2)
  }
})
