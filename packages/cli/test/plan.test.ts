import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep } from './helpers/sidestep.ts'

let project: Project
let cwd: string

beforeAll(async () => {
  project = await createProject({
    'warned.ts': `
import { JobStepOperator, pipeline, Stack, step } from '@sidestep/core'
import { localArtifactStore } from '@sidestep/local'

class Warning extends JobStepOperator {
  static FLAVOR = 'warning'
  createService() {
    const facts = async (info, { warn }) => warn('the job of ' + info.stepName + ' is cut off')
    return { scope: 'here', facts, prepare: () => ({ it: 'would be sent' }) }
  }
}
step({ name: 'isolated', stepOperator: true }, () => 1)
export const stack = new Stack({
  name: 'warns',
  artifactStore: localArtifactStore({ path: new URL('store', import.meta.url).pathname }),
  stepOperators: { warning: new Warning({}) },
})
export default pipeline('warned', async () => 1)
`,
    'pipeline.ts': `
import { pipeline, Stack, step } from '@sidestep/core'
import { local, localArtifactStore } from '@sidestep/local'

console.log('loaded')
const train = step({ name: 'train', stepOperator: true, secrets: { KEY: 'env:SECRET' }, timeouts: { run: '10m' } }, () => 1)
const huge = step({ name: 'huge', stepOperator: true, resources: { memory: '900TiB' } }, () => 1)
const here = step({ name: 'here' }, () => 1)

export const stacks = {
  strict: new Stack({
    name: 'strict',
    artifactStore: localArtifactStore({ path: new URL('store', import.meta.url).pathname }),
    stepOperators: { here: local({}) },
  }),
}
export default pipeline('planned', async () => [await train(), await huge(), await here()])
`,
  })
  cwd = project.folder
})

afterAll(() => project.remove())

test('shows the request of each step with an operator, without a secret, and creates nothing', async () => {
  const { code, stdout } = await sidestep(['plan', 'pipeline.ts'], {
    cwd,
    environment: { SECRET: 'do not show' },
  })
  expect(stdout).toContain('pipeline planned in pipeline.ts on the stack default\n\ntrain on local  pipeline.ts\n')
  expect(stdout).toContain('  timeouts: run 10m 00s\n')
  expect(stdout).toMatch(/^ {4}folder: .+\/jobs\/<token>$/m)
  expect(stdout).toContain('secretNames: [KEY]')
  expect(stdout).not.toContain('do not show')
  expect(stdout).not.toContain('loaded')
  expect(stdout).not.toMatch(/^here/m)
  expect(code).toBe(0)
  expect(existsSync(join(cwd, '.sidestep/jobs'))).toBe(false)
  expect(existsSync(join(cwd, '.sidestep/store/runs'))).toBe(false)
})

test('what an operator warns of is on stderr, and the plan is a document all the same', async () => {
  const { code, stdout, stderr } = await sidestep(['plan', 'warned.ts', '--stack', 'warns', '--output', 'json'], {
    cwd,
  })
  expect(stderr).toContain('the job of isolated is cut off\n')
  expect(JSON.parse(stdout)).toMatchObject({ steps: [{ request: { it: 'would be sent' } }] })
  expect(code).toBe(0)
})

test('a step that cannot be launched is exit code 2, and the others are planned', async () => {
  const { code, stdout } = await sidestep(['plan', 'pipeline.ts', '--stack', 'strict', '--output', 'json'], {
    cwd,
    environment: { SECRET: 'do not show' },
  })
  expect(JSON.parse(stdout)).toMatchObject({
    pipeline: 'planned',
    stack: 'strict',
    module: 'pipeline.ts',
    steps: [
      { stepName: 'train', operator: 'here', flavor: 'local', request: { secretNames: ['KEY'] } },
      { stepName: 'huge', problem: { kind: 'config' } },
    ],
  })
  expect(stdout).not.toContain('do not show')
  expect(code).toBe(2)
})

test('a file that cannot be loaded is exit code 2', async () => {
  const { code, stderr, stdout } = await sidestep(['plan', 'gone.ts', '--output', 'json'], { cwd })
  expect(stderr).toContain('there is no file gone.ts')
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'MODULE_NOT_FOUND' } })
  expect(code).toBe(2)
})
