import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { isDefaultStack } from '../../src/project/default-stack.ts'
import { openProject, type Project } from '../../src/project/project.ts'
import { Stack } from '../../src/stack/stack.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sidestep-project-')))
  put('package.json', '{ "name": "project", "type": "module", "dependencies": { "@sidestep/local": "*" } }')
  mkdirSync(join(folder, 'node_modules/@sidestep'), { recursive: true })
  for (const name of ['core', 'local']) {
    symlinkSync(
      fileURLToPath(new URL(`../../../${name}`, import.meta.url)),
      join(folder, 'node_modules/@sidestep', name),
    )
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

function project(environment: Readonly<Record<string, string>> = {}, cwd: string = folder): Project {
  return openProject({ cwd, environment })
}

const OPERATOR = `import { BaseStepOperator } from '@sidestep/core'
export class MyOperator extends BaseStepOperator {
  static FLAVOR = 'mine'
  static CONFIG_SCHEMA = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        typeof value.size === 'number' ? { value } : { issues: [{ message: 'must be a number', path: ['size'] }] },
    },
  }
  async launch() {}
}
`

const FILE = `flavors:
  step_operator: { mine: ./src/operator.ts#MyOperator }
components:
  step_operator:
    here: { flavor: local, resources: ignore }
    own: { flavor: mine, size: 3 }
    wrong: { flavor: mine, size: three }
    cloud: { flavor: nimbus }
  artifact_store:
    disk: { flavor: local, path: ./store }
stacks:
  prod: { artifact_store: disk, step_operators: [here, own], default_step_operator: own }
  plain: { artifact_store: disk, step_operators: [here] }
  broken: { artifact_store: disk, step_operators: [wrong] }
  missing: { artifact_store: disk, step_operators: [cloud] }
`

test('is found upwards; its state lies beside the nearest file of either kind', () => {
  put('sidestep.yaml', '')
  put('packages/a/package.json', '{}')
  const inner = join(folder, 'packages/a')
  expect(project({}, inner)).toMatchObject({
    folder,
    path: join(folder, 'sidestep.yaml'),
    home: join(inner, '.sidestep'),
  })
  expect(project({ SIDESTEP_HOME: 'x' }).home).toBe(join(folder, 'x'))
  rmSync(join(folder, 'sidestep.yaml'))
  expect(project({}, inner)).toMatchObject({ folder: inner, path: join(inner, 'sidestep.yaml') })
})

test('without a file there is the stack of this machine', async () => {
  const here = project()
  expect(await here.file()).toBeUndefined()
  expect(await here.stackNames()).toEqual(['default'])
  expect(await here.activeStack()).toEqual({ name: 'default', from: 'built-in' })
  const stack = await here.stack('default')
  expect(stack.name).toBe('default')
  expect(isDefaultStack(stack)).toBe(true)
  await expect(here.component('step_operator', 'gpu')).rejects.toMatchObject({ code: 'COMPONENT_UNKNOWN' })
})

test('the active stack: the variable, the choice, the file, this machine', async () => {
  put('sidestep.yaml', `${FILE}active_stack: plain\n`)
  expect(await project().activeStack()).toEqual({ name: 'plain', from: 'file' })
  await project().chooseStack('prod')
  const kept = join(folder, '.sidestep/active-stack.json')
  expect(readFileSync(kept, 'utf8')).toBe('{"stack":"prod"}\n')
  expect(statSync(kept).mode & 0o777).toBe(0o600)
  expect(await project().activeStack()).toEqual({ name: 'prod', from: 'choice' })
  expect(await project({ SIDESTEP_STACK: 'default' }).activeStack()).toEqual({
    name: 'default',
    from: 'SIDESTEP_STACK',
  })
  await expect(project({ SIDESTEP_STACK: 'pord' }).activeStack()).rejects.toMatchObject({
    code: 'STACK_UNKNOWN',
    message: 'SIDESTEP_STACK names the stack "pord", and there is none of that name',
    hint: 'Did you mean prod? There is: prod, plain, broken, missing, default (this machine). Or unset it. One that is exported by the file of a pipeline counts where that file is named.',
  })
  await expect(project().chooseStack('pord')).rejects.toMatchObject({ code: 'STACK_UNKNOWN' })
  expect(await project().activeStack()).toMatchObject({ name: 'prod' })
  await project().chooseStack(undefined)
  await project().chooseStack(undefined)
  expect(await project().activeStack()).toMatchObject({ from: 'file' })
})

test('a choice that is damaged, or of a stack that is gone, is an error that says what to do', async () => {
  put('sidestep.yaml', FILE)
  for (const text of ['', '{', 'null', '{"stack":""}', '{"stack":{}}']) {
    put('.sidestep/active-stack.json', text)
    await expect(project().activeStack()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('active-stack.json') as string,
      hint: expect.stringContaining('sidestep stack set NAME') as string,
    })
  }
  put('.sidestep/active-stack.json', '{"stack":"gone"}')
  await expect(project().activeStack()).rejects.toMatchObject({
    code: 'STACK_UNKNOWN',
    hint: expect.stringContaining('sidestep stack set NAME') as string,
  })
  await project().chooseStack('prod')
  expect(await project().activeStack()).toEqual({ name: 'prod', from: 'choice' })
})

const isRoot = process.getuid?.() === 0
test.skipIf(isRoot)(
  `a choice that cannot be kept is an error about input${isRoot ? ': root may write anywhere' : ''}`,
  async () => {
    put('sidestep.yaml', FILE)
    mkdirSync(join(folder, '.sidestep'))
    chmodSync(join(folder, '.sidestep'), 0o500)
    await expect(project().chooseStack('prod')).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  },
)

test('a home that is no folder keeps no choice, and takes none', async () => {
  put('sidestep.yaml', FILE)
  put('taken', '')
  const here = project({ SIDESTEP_HOME: join(folder, 'taken') })
  await expect(here.chooseStack('prod')).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  expect(await here.activeStack()).toEqual({ name: 'default', from: 'built-in' })
})

test('makes a stack of the file, importing only the flavors that it has', async () => {
  put('sidestep.yaml', FILE)
  put('src/operator.ts', 'throw new Error("not to be imported")')
  const plain = await project().stack('plain')
  expect(Stack.isInstance(plain)).toBe(true)
  expect(isDefaultStack(plain)).toBe(false)
  expect(plain.stepOperatorNames).toEqual(['here'])
})

test('an operator of the project itself is one like any other', async () => {
  put('sidestep.yaml', FILE)
  put('src/operator.ts', OPERATOR)
  const stack = await project().stack('prod')
  expect(stack.stepOperatorName(true)).toBe('own')
  expect(await stack.stepOperator('own')).toMatchObject({ config: { size: 3 } })
  expect(stack.describe({ projectFolder: folder }).stepOperators['own']).toMatchObject({
    flavor: 'mine',
    config: { size: 3 },
    source: { file: 'src/operator.ts' },
  })
  expect(stack.describe({ projectFolder: folder }).stepOperators['here']).toMatchObject({
    config: { resources: 'ignore' },
    source: { package: '@sidestep/local' },
  })
  expect(Object.keys(stack.stepOperatorRuntimes)).toContain('local')
})

test('what is wrong with a component is told with its place', async () => {
  put('sidestep.yaml', FILE)
  put('src/operator.ts', OPERATOR)
  const broken = await project().stack('broken')
  await expect(broken.stepOperator('wrong')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(
      /^sidestep\.yaml:7:5 components\.step_operator\.wrong: [^]*size: must be a number/,
    ) as string,
  })
  await expect(project().stack('missing')).rejects.toMatchObject({
    code: 'FLAVOR_UNKNOWN',
    message: expect.stringMatching(/^sidestep\.yaml:8:22 components\.step_operator\.cloud: /) as string,
  })
  await expect(project().component('step_operator', 'hree')).rejects.toMatchObject({
    code: 'COMPONENT_UNKNOWN',
    message: `there is no step operator "hree" in ${join(folder, 'sidestep.yaml')}`,
    hint: 'Did you mean here? It has: here, own, wrong, cloud.',
  })
  await expect(project().component('artifact_store', 'constructor')).rejects.toMatchObject({
    code: 'COMPONENT_UNKNOWN',
  })
  await expect(project().stack('toString')).rejects.toMatchObject({ code: 'STACK_UNKNOWN' })
})

test('a file may have a stack default of its own', async () => {
  put('sidestep.yaml', FILE.replace('  plain:', '  default:'))
  expect(await project().activeStack()).toEqual({ name: 'default', from: 'file' })
  const stack = await project().stack('default')
  expect(isDefaultStack(stack)).toBe(false)
  expect(stack.stepOperatorNames).toEqual(['here'])
})
