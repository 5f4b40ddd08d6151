import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openProject } from '@sidestep/core/project'
import { afterEach, expect, test } from 'vitest'
import type { Check, DoctorContext, Finding } from '../src/doctor/check.ts'
import { environmentCheck } from '../src/doctor/checks/environment.ts'
import { coreCheck, flavorsCheck, integrationsCheck } from '../src/doctor/checks/flavors.ts'
import { diskCheck, homeCheck, roomOutcome } from '../src/doctor/checks/home.ts'
import { npmCheck } from '../src/doctor/checks/machine.ts'
import { gitCheck, projectCheck, projectFileCheck } from '../src/doctor/checks/project.ts'
import { stackCheck } from '../src/doctor/checks/stack.ts'
import { ask } from '../src/doctor/ask.ts'
import { runChecks } from '../src/doctor/run-checks.ts'
import { doctorText, jsonFindings } from '../src/view/doctor-text.ts'
import { plain } from '../src/view/style.ts'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep } from './helpers/sidestep.ts'

const projects: Project[] = []
afterEach(() => Promise.all(projects.splice(0).map((project) => project.remove())))

async function contextOf(
  files: Readonly<Record<string, string>> = {},
  environment: DoctorContext['environment'] = {},
): Promise<DoctorContext & { readonly folder: string }> {
  const project = await createProject(files, { withHome: false })
  projects.push(project)
  const { folder } = project
  const opened = openProject({ cwd: folder, environment, packagesFrom: [import.meta.url] })
  return { project: opened, cwd: folder, environment, folder }
}

async function found(check: Check, context: DoctorContext): Promise<readonly Finding[]> {
  return runChecks([check], context)
}

test('in a project without a mistake all is well, and nothing is left behind', async () => {
  const { folder } = await contextOf({
    'package.json': '{ "name": "project", "type": "module", "dependencies": { "@sidestep/local": "*" } }',
  })
  const { code, stdout, stderr } = await sidestep(['doctor', '--output', 'json'], { cwd: folder })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { ok, checks } = JSON.parse(stdout) as { readonly ok: boolean; readonly checks: readonly Finding[] }
  expect(ok).toBe(true)
  expect(checks.filter(({ state }) => state === 'problem')).toEqual([])
  expect(checks.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['Node.js', 'npm', 'home folder', 'journal', 'integrations', 'active stack', 'jobs']),
  )
  expect(await readdir(folder)).toEqual(['node_modules', 'package.json'])
})

test('a damaged journal, a broken file and a lost choice are problems: exit code 1, one line each, with what to do', async () => {
  const { folder } = await contextOf({ 'sidestep.yaml': 'stacks: [', '.sidestep/journal.db': 'this is no database' })
  const { code, stdout } = await sidestep(['doctor'], { cwd: folder })
  expect(code).toBe(1)
  expect(stdout).toMatch(/✖ sidestep\.yaml +reading it: .*sidestep\.yaml:1/)
  expect(stdout).toMatch(/✖ journal +opening it: the journal .* is damaged/)
  expect(stdout).toMatch(/hint: Move it aside/)
  expect(stdout).not.toMatch(/\n\s+at /)
})

test('what a check throws is a finding, and the next one goes on', async () => {
  const context = await contextOf()
  const thrower: Check = {
    name: 'thrower',
    tried: 'throwing',
    run: () => {
      throw new Error('it broke')
    },
  }
  const findings = await runChecks([thrower, projectCheck], context)
  expect(findings.map(({ state, found: text }) => [state, text])).toEqual([
    ['problem', 'it broke'],
    ['ok', join(context.folder, 'package.json')],
  ])
})

test('variables: what they do, those of jobs, and those that are spelt wrong', async () => {
  const context = await contextOf(
    {},
    { SIDESTEP_STACK: 'prod', SIDESTEP_HOMES: 'x', SIDESTEP_NONCE: 'n', PATH: '/bin' },
  )
  const findings = await found(environmentCheck, context)
  expect(findings.map(({ state }) => state)).toEqual(['warning', 'warning', 'ok'])
  expect(findings[0]).toMatchObject({
    found: expect.stringContaining('SIDESTEP_HOMES'),
    hint: expect.stringContaining('Did you mean SIDESTEP_HOME?'),
  })
  expect(findings[1]?.found).toContain('variable of jobs')
  expect(findings[2]?.found).toContain('prod')
  expect(await found(environmentCheck, await contextOf())).toMatchObject([{ state: 'ok', found: 'none is set' }])
})

test('the home folder: others may not look into it, and it must be writable', async () => {
  const open = await contextOf({ '.sidestep/x': '' })
  await chmod(join(open.folder, '.sidestep'), 0o755)
  expect(await found(homeCheck, open)).toMatchObject([
    { state: 'ok' },
    { state: 'warning', found: expect.stringContaining('0755'), hint: expect.stringContaining('chmod 700') },
  ])
  expect(await readdir(join(open.folder, '.sidestep'))).toEqual(['x'])
  // A file where a folder should be stops every user, root too.
  const blocked = await contextOf({ file: '' }, { SIDESTEP_HOME: 'file/home' })
  expect(await found(homeCheck, blocked)).toMatchObject([
    {
      state: 'problem',
      found: expect.stringContaining('cannot be written to'),
      hint: expect.stringContaining('SIDESTEP_HOME'),
    },
  ])
})

test('a home folder that is a file is one problem, whose hint helps', async () => {
  const { folder } = await contextOf({ homefile: '' })
  const home = join(folder, 'homefile')
  const context = await contextOf({}, { SIDESTEP_HOME: home })
  const findings = await runChecks([environmentCheck, homeCheck, diskCheck, stackCheck], context)
  expect(findings.filter(({ state }) => state !== 'ok')).toEqual([
    expect.objectContaining({ found: `${home} is no folder`, hint: expect.stringMatching(/^Move it aside, or set/) }),
  ])
})

test('a home folder relative to the working directory is a warning', async () => {
  const context = await contextOf({}, { SIDESTEP_HOME: 'it is' })
  expect(await found(environmentCheck, context)).toMatchObject([
    {
      state: 'warning',
      found: expect.stringContaining('in another one it is another folder'),
      hint: `Give the whole path: export SIDESTEP_HOME='${context.folder}/it is'`,
    },
  ])
})

test('a disk with little room is a warning, one without any a problem', async () => {
  expect(roomOutcome(2 ** 30)).toMatchObject({ state: 'ok' })
  const hint = expect.stringContaining('Make room') as unknown
  expect(roomOutcome(2 ** 30 - 1)).toMatchObject({ state: 'warning', hint })
  expect(roomOutcome(2 ** 24 - 1)).toMatchObject({ state: 'problem', hint })
})

test.skipIf(!existsSync('/proc/self'))('a file system that has no room at all', async () => {
  const context = await contextOf({}, { SIDESTEP_HOME: '/proc/self/home' })
  expect(await found(diskCheck, context)).toMatchObject([{ state: 'problem', found: '0 B are free' }])
})

test('git: ignored by the .gitignore that is made, or a warning', async () => {
  const context = await contextOf({ '.sidestep/journal.db': '' })
  expect(await found(gitCheck, context)).toMatchObject([{ state: 'ok', found: 'it is in no git repository' }])
  await ask('git', ['init', '-q'], { cwd: context.folder })
  expect(await found(gitCheck, context)).toMatchObject([
    { state: 'warning', hint: expect.stringContaining('.gitignore') },
  ])
  await writeFile(join(context.folder, '.sidestep/.gitignore'), '*\n')
  expect(await found(gitCheck, context)).toMatchObject([{ state: 'ok', found: expect.stringContaining('is ignored') }])
})

test('a package.json that does not parse, and one that is missing', async () => {
  const broken = await contextOf({ 'package.json': '{' })
  expect(await found(projectCheck, broken)).toMatchObject([{ state: 'problem', hint: 'Mend the file.' }])
  expect(await found(projectFileCheck, broken)).toMatchObject([
    { state: 'ok', found: expect.stringContaining('there is none') },
  ])
  // What needs it is not tried: one problem, one hint.
  const checks = [projectCheck, coreCheck, integrationsCheck, flavorsCheck, stackCheck]
  for (const text of ['{', '[1]']) {
    const context = await contextOf({ 'package.json': text })
    const findings = await runChecks(checks, context)
    expect(findings[0]).toMatchObject({ state: 'problem', hint: 'Mend the file.' })
    expect(findings.slice(1).map((finding) => finding.found)).toEqual(
      checks.slice(1).map(() => 'what is wrong with project prevents it'),
    )
  }
})

test('two versions of core are a warning', async () => {
  const context = await contextOf()
  expect(await found(coreCheck, context)).toMatchObject([{ state: 'ok', found: expect.stringContaining('one copy') }])
  const other = join(context.folder, 'inner/node_modules/@sidestep/core')
  await mkdir(other, { recursive: true })
  await writeFile(join(other, 'package.json'), '{ "name": "@sidestep/core", "version": "9.9.9" }')
  await writeFile(join(context.folder, 'inner/package.json'), '{ "name": "inner" }')
  const inner = { ...context, project: openProject({ cwd: join(context.folder, 'inner') }) }
  expect(await found(coreCheck, inner)).toMatchObject([{ state: 'warning', found: expect.stringContaining('9.9.9') }])
})

test('a registered flavor that does not load, and a stack that is wrong', async () => {
  const context = await contextOf({
    'operator.ts': 'export const nothing = 1',
    'sidestep.yaml': `
flavors: { step_operator: { mine: ./operator.ts#Mine } }
components:
  step_operator: { it: { flavor: mine } }
  artifact_store: { disk: { flavor: local } }
stacks: { prod: { artifact_store: disk, step_operators: [it] } }
active_stack: prod
`,
  })
  expect(await found(flavorsCheck, context)).toMatchObject([
    { state: 'problem', found: expect.stringContaining('operator.ts#Mine') },
  ])
  const findings = await found(stackCheck, context)
  expect(findings.length).toBeGreaterThan(0)
  expect(findings.every(({ state }) => state === 'problem')).toBe(true)
  for (const { found: text } of findings) expect(text.match(/sidestep\.yaml:\d/g)).toHaveLength(1)
})

test('npm that is not there is a warning: not every step needs it', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = '/nonexistent'
  try {
    expect(await found(npmCheck, await contextOf())).toMatchObject([{ state: 'warning', found: 'npm is not on PATH' }])
  } finally {
    process.env['PATH'] = path
  }
})

test('the text has what was tried, what was found, and what to do', () => {
  const findings: readonly Finding[] = [
    { check: 'npm', tried: 'npm --version', state: 'ok', found: '11.0.0' },
    {
      check: 'journal',
      tried: 'opening it',
      state: 'problem',
      found: 'it is damaged\n\u001B[31mbadly',
      hint: 'Move it.',
    },
  ]
  expect(doctorText(findings, plain)).toEqual([
    '✔ npm      npm --version: 11.0.0',
    '✖ journal  opening it: it is damaged',
    '           badly',
    '           hint: Move it.',
    '',
    '1 problem',
  ])
  expect(jsonFindings(findings)).toMatchObject({ ok: false, checks: [{ hint: null }, { hint: 'Move it.' }] })
})

test('a component of a flavor that is not there is found, also where no stack uses it', async () => {
  const components = '{ gpu: { flavor: loca }, cpu: { flavor: local }, far: { flavor: sagemaker } }'
  const context = await contextOf({ 'sidestep.yaml': `components:\n  step_operator: ${components}\n` })
  expect(await found(flavorsCheck, context)).toMatchObject([
    { state: 'problem', found: expect.stringMatching(/^sidestep\.yaml:2:\d+: .*"loca"/), hint: expect.anything() },
    { state: 'problem', found: expect.stringContaining('sagemaker') },
  ])
})

test('what several checks stumble over is told once', async () => {
  const context = await contextOf({ 'sidestep.yaml': 'components: [\n' })
  const findings = await runChecks([projectFileCheck, flavorsCheck, stackCheck], context)
  expect(findings.filter(({ found: text }) => text.includes('sidestep.yaml:2:1'))).toHaveLength(1)
  expect(findings.slice(1).map(({ found: text }) => text)).toEqual([
    'what is wrong with sidestep.yaml prevents it',
    'what is wrong with sidestep.yaml prevents it',
  ])
})
