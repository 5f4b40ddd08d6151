import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OldNodeProject } from './project.ts'

const project = new OldNodeProject()
beforeAll(() => project.install(), 300_000)
afterAll(() => project.remove())

const pipeline = `import { pipeline, step } from '@sidestep/core'

const here = step({ name: 'here' }, async (n: number) => n + 1)

const elsewhere = step({ name: 'elsewhere', stepOperator: true }, async (n: number) => {
  if (n < 0) throw new Error('no negative numbers')
  return { doubled: n * 2, pid: process.pid, version: process.version }
})

export default pipeline('packed', async (input: number) => {
  const result = await elsewhere(await here(input))
  const { doubled, pid, version } = await result.value()
  return { doubled, version, anotherProcess: pid !== process.pid }
})
`

test('runs under the oldest supported Node.js', async () => {
  expect(await project.run('node', ['--version'])).toEqual({ exitCode: 0, stdout: 'v22.18.0\n', stderr: '' })
})

test('every package is installed with its license, its page and what was built', () => {
  const scope = join(project.folder, 'node_modules/@sidestep')
  const packages = readdirSync(scope)
  expect(packages).toEqual(expect.arrayContaining(['cli', 'core', 'local']))
  for (const name of packages) {
    expect(readdirSync(join(scope, name)), name).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json', 'src']),
    )
  }
})

test('a program compiles against the declarations', async () => {
  project.write('packed.ts', pipeline)
  expect(await project.compile('packed.ts')).toEqual({ exitCode: 0, stdout: '', stderr: '' })
})

test('sidestep --version', async () => {
  const manifest = readFileSync(join(project.folder, 'node_modules/@sidestep/cli/package.json'), 'utf8')
  const { version } = JSON.parse(manifest) as { readonly version: string }
  expect(await project.run('sidestep', ['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
})

test('sidestep run: a step in process, a step as a job', async () => {
  project.write('packed.ts', pipeline)
  const { exitCode, stdout, stderr } = await project.run('sidestep', [
    'run',
    'packed.ts',
    '--input',
    '20',
    '--output',
    'json',
  ])
  expect(exitCode, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ result: { doubled: 42, version: 'v22.18.0', anotherProcess: true } })
})

test('sidestep run: a step that fails', async () => {
  project.write('packed.ts', pipeline)
  const { exitCode, stderr } = await project.run('sidestep', ['run', 'packed.ts', '--input', '-20'])
  expect(stderr).toContain('no negative numbers')
  expect(exitCode).toBe(1)
})

test('sidestep run: no such file', async () => {
  const { exitCode, stderr } = await project.run('sidestep', ['run', 'missing.ts'])
  expect(stderr).toContain('missing.ts')
  expect(exitCode).toBe(2)
})
