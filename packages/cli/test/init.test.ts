import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeManifest, manifestOf } from '../src/init/package-manifest.ts'
import { checkPackageName, packageNameFrom } from '../src/init/package-name.ts'
import { checkPipelineFile } from '../src/init/pipeline-path.ts'
import { ignoreLines } from '../src/init/project-texts.ts'
import { createProject, linkPackages, type Project } from './helpers/project.ts'
import { BIN, shellEnvironment, sidestep, sidestepEach } from './helpers/sidestep.ts'

let project: Project
let cwd: string

beforeAll(async () => {
  project = await createProject({
    'mine/package.json':
      '{\n    "name": "mine",\n    "scripts": { "x": "y" },\n    "dependencies": { "zod": "4" }\n}\n',
    'mine/tsconfig.json': '{}\n',
    'mine/.gitignore': 'dist\n/node_modules/',
    'old/package.json': '{ "name": "old", "type": "commonjs" }\n',
    'blocked/src': 'a file where the folder of the pipeline would be\n',
    'blocked/.gitignore': 'dist\n',
    'broken/package.json': '{ "name": ',
    'service/package.json': '{ "name": "svc", "scripts": { "start": "node server.js" } }\n',
    'service/server.js': "const { sep } = require('node:path')\nconsole.log(sep)\n",
    'above/sidestep.yaml': 'active_stack: default\n',
    'above/packages/one/package.json': '{ "type": "module" }\n',
    'above/packages/two/package.json': '{}\n',
  })
  cwd = project.folder
})

afterAll(() => project.remove())

test('in a pipe it asks nothing, says what it takes, and what it makes runs', async () => {
  const { code, stdout, stderr } = await sidestep(['init', 'Été à Łódź ☃'], { cwd })
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/no terminal.*package is ete-a-.*, the pipeline src\/pipeline\.ts.*not installed/),
  })
  const folder = join(cwd, 'Été à Łódź ☃')
  expect((await readdir(folder)).toSorted()).toEqual([
    '.gitignore',
    '.sidestep',
    'package.json',
    'sidestep.yaml',
    'src',
    'tsconfig.json',
  ])
  const schema = await readFile(join(folder, '.sidestep/sidestep.schema.json'), 'utf8')
  expect(JSON.parse(schema)).toHaveProperty(['definitions', 'step_operator.local', 'properties', 'stopGrace'])
  expect(stdout).toContain(`$ cd 'Été à Łódź ☃'\n  $ npm install\n  $ npx sidestep run src/pipeline.ts\n`)
  expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).toEqual({
    name: expect.stringMatching(/^ete-a-/),
    version: '0.0.0',
    private: true,
    type: 'module',
    dependencies: { '@sidestep/cli': '^0.0.0', '@sidestep/core': '^0.0.0', '@sidestep/local': '^0.0.0' },
  })

  await linkPackages(folder)
  const run = await sidestep(['run', 'src/pipeline.ts', '--output', 'json'], { cwd: folder })
  expect(JSON.parse(run.stdout)).toMatchObject({
    status: 'succeeded',
    result: { slope: expect.closeTo(2, 1), intercept: expect.any(Number) },
  })
  const validated = await sidestep(['stack', 'validate'], { cwd: folder })
  expect({ code: validated.code, stderr: validated.stderr }).toEqual({ code: 0, stderr: '' })

  const again = await sidestep(['init', '--yes', '--output', 'json'], { cwd: folder })
  expect(again).toMatchObject({ code: 0, stderr: '' })
  const { files } = JSON.parse(again.stdout) as { readonly files: readonly { readonly action: string }[] }
  expect(files.map(({ action }) => action)).toEqual(['left', 'left', 'left', 'left', 'left'])
})

test('what exists stays, and gets what it lacks', async () => {
  const { code, stdout } = await sidestep(['init', 'mine', '--yes', '--pipeline', 'src/deep/train.mts'], { cwd })
  expect(code).toBe(0)
  expect(stdout).toMatch(/added to +package\.json\n +left as it is +tsconfig\.json\n +wrote +src\/deep\/train\.mts\n/)
  const read = (name: string): Promise<string> => readFile(join(cwd, 'mine', name), 'utf8')
  const manifest = await read('package.json')
  expect(manifest).toMatch(/^\{\n    "name": "mine",\n    "scripts": \{\n        "x": "y"\n    \},\n/)
  expect(JSON.parse(manifest)).toMatchObject({ dependencies: { zod: '4', '@sidestep/core': '^0.0.0' } })
  expect(JSON.parse(manifest)).not.toHaveProperty('type')
  expect(await read('tsconfig.json')).toBe('{}\n')
  expect(await read('.gitignore')).toBe('dist\n/node_modules/\n.sidestep/\n.sidestep.yaml.lock*\n')
})

test('in a CommonJS package the pipeline is a module by its name', async () => {
  const { code, stdout } = await sidestep(['init', 'old', '--yes'], { cwd })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('npx sidestep run src/pipeline.mts') })
  expect(JSON.parse(await readFile(join(cwd, 'old/package.json'), 'utf8'))).toMatchObject({ type: 'commonjs' })
})

test('code that is CommonJS by default still runs, beside a pipeline that is a module by its name', async () => {
  const { code, stdout } = await sidestep(['init', 'service', '--yes'], { cwd })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('npx sidestep run src/pipeline.mts') })
  const folder = join(cwd, 'service')
  expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).not.toHaveProperty('type')
  expect(execFileSync(process.execPath, ['server.js'], { cwd: folder, encoding: 'utf8' })).toBe('/\n')
  await linkPackages(folder)
  const run = await sidestep(['run', 'src/pipeline.mts'], { cwd: folder })
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('slope') })
})

test('a pipeline elsewhere is type checked, and no second one is made', async () => {
  await sidestep(['init', '-y', '--pipeline', 'flows/a.ts', '--', '-odd'], { cwd }).then(({ code, stdout }) =>
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('$ cd ./-odd\n') }),
  )
  const folder = join(cwd, '-odd')
  expect(JSON.parse(await readFile(join(folder, 'tsconfig.json'), 'utf8'))).toMatchObject({ include: ['flows'] })
  const again = await sidestep(['init', '--yes'], { cwd: folder })
  expect(again.stdout).toContain('$ npx sidestep run flows/a.ts\n')
  expect(await readdir(folder)).not.toContain('src')
})

test('the schema for editors is beside sidestep.yaml, wherever a command is called and the home folder is', async () => {
  const options = { cwd: join(cwd, 'above/packages/two'), environment: { SIDESTEP_HOME: join(cwd, 'home') } }
  const schema = join(cwd, 'above/.sidestep/sidestep.schema.json')
  const lines = [
    ['step-operator', 'register', 'cpu', '--flavor', 'local'],
    ['schema', '--write'],
  ]
  const [registered, written] = await sidestepEach(lines, options)
  expect(registered).toMatchObject({ code: 0, stdout: expect.stringContaining('registered the step operator cpu') })
  expect(written).toMatchObject({ code: 0, stderr: `the schema is in ${schema}\n` })
  expect(await readFile(join(cwd, 'above/sidestep.yaml'), 'utf8')).toMatch(/cpu:\n +flavor: local/)
  expect(JSON.parse(await readFile(schema, 'utf8'))).toHaveProperty('definitions')
  expect(await readdir(join(cwd, 'above/packages/two'))).toEqual(['package.json'])
  expect(await readdir(cwd)).not.toContain('home')
})

test('in a package of a project it says what it hides, and a package without a name gets the one that is told', async () => {
  const folder = join(cwd, 'above/packages/one')
  const { code, stdout, stderr } = await sidestep(['init', '--yes', '--name', 'foo', '--output', 'json'], {
    cwd: folder,
  })
  expect(code).toBe(0)
  expect(stderr).toContain(`now comes before ${join(cwd, 'above/sidestep.yaml')}, whose stacks`)
  expect(JSON.parse(stdout)).toMatchObject({ name: 'foo' })
  expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).toMatchObject({
    name: 'foo',
    type: 'module',
  })
})

test('what is refused: exit code 2, and nothing is written', async () => {
  const rows: readonly (readonly [args: readonly string[], expected: string])[] = [
    [['init', 'package.json', '--yes'], 'package.json is not a folder'],
    [['init', 'package.json/below', '--yes'], 'package.json/below is not a folder'],
    [['init', 'blocked', '--yes'], 'src/pipeline.ts cannot be written'],
    [['init', 'broken', '--yes'], 'package.json is no JSON'],
    [['init', 'new', '--name', 'My Steps'], '"My Steps" cannot be the name of a package'],
    [['init', 'new', '--pipeline', '../out.ts'], 'it is not inside of the project'],
    [['init', 'new', '--pipeline', 'out.js'], 'it is written in TypeScript'],
    [['init', 'old', '--yes', '--pipeline', 'a.ts'], 'End it with .mts'],
    [['init', 'new', 'another'], 'too many arguments'],
  ]
  const answers = await sidestepEach(
    rows.map(([args]) => args),
    { cwd },
  )
  for (const [index, [args, expected]] of rows.entries()) {
    const refused = { code: 2, stdout: '', stderr: expect.stringContaining(expected) as unknown }
    expect({ args, ...answers[index] }).toEqual({ args, ...refused })
    expect(answers[index]?.stderr).not.toMatch(/^ +at /m)
  }
  expect((await readdir(join(cwd, 'blocked'))).toSorted()).toEqual(['.gitignore', 'src'])
  expect(await readFile(join(cwd, 'blocked/.gitignore'), 'utf8')).toBe('dist\n')
  expect(await readdir(cwd)).not.toContain('new')
})

test('packages that cannot be installed: exit code 1, the files are there', async () => {
  const bin = join(cwd, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'npm'), '#!/bin/sh\necho "npm says: $*" >&2\nexit 3\n', { mode: 0o755 })
  const { PATH = '' } = shellEnvironment()
  const options = { cwd, environment: { PATH: `${bin}:${PATH}` } }
  const { code, stdout, stderr } = await sidestep(['init', 'installed', '--yes', '--install'], options)
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: expect.stringContaining('$ npm install'),
    stderr: expect.stringMatching(
      /npm says: install\nnpm install failed with 3: the files are written[^]*unpublished version.*\.tgz/,
    ),
  })
})

const hasScript = ((): boolean => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
  } catch {
    return false
  }
})()

/** Types on a terminal: each text as soon as what comes before it is shown. Resolves to the exit code. */
async function onTerminal(folder: string, typed: readonly (readonly [after: string, text: string])[]): Promise<number> {
  const command = `'${process.execPath}' '${BIN}' init '${folder}'`
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    cwd,
    env: shellEnvironment({ TERM: 'xterm', SHELL: '/bin/sh' }),
  })
  let shown = ''
  const left = [...typed]
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    const [next] = left
    if (next === undefined || !shown.includes(next[0])) return
    left.shift()
    shown = ''
    child.stdin.write(next[1])
  })
  const [[code]] = await Promise.all([once(child, 'close'), text(child.stderr)])
  child.stdin.end()
  return code as number
}

test.skipIf(!hasScript)(
  'on a terminal it asks; the defaults are taken with Enter (needs script of util-linux)',
  async () => {
    const code = await onTerminal('asked', [
      ['Name of the package', 'my-steps\r'],
      ['File of the pipeline', '\r'],
      ['Install the packages now', 'n'],
    ])
    expect(code).toBe(0)
    expect(JSON.parse(await readFile(join(cwd, 'asked/package.json'), 'utf8'))).toMatchObject({ name: 'my-steps' })
    expect(await readdir(join(cwd, 'asked'))).toContain('src')
  },
)

test.skipIf(!hasScript)('Ctrl-C at a question leaves nothing behind (needs script of util-linux)', async () => {
  const code = await onTerminal('left', [
    ['Name of the package', '\r'],
    ['File of the pipeline', '\u0003'],
  ])
  expect(code).toBe(130)
  expect(await readdir(cwd)).not.toContain('left')
})

test('any text becomes a name that npm takes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => checkPackageName(packageNameFrom(name))),
  )
  expect(packageNameFrom('☃')).toBe('pipelines')
  expect(packageNameFrom('__proto__')).toBe('proto')
})

test('a package.json keeps every key and value, and is complete after one time', () => {
  const reserved = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
  const document = fc.dictionary(
    fc.string().filter((key) => !reserved.includes(key)),
    fc.jsonValue(),
  )
  fc.assert(
    fc.property(document, (before) => {
      const options = { name: 'any', version: '1.0.0' }
      const complete = (source: string): string =>
        completeManifest(source, { ...options, manifest: manifestOf(source, 'package.json') })
      const source = JSON.stringify(before)
      const once = complete(source)
      expect(JSON.parse(once)).toMatchObject(JSON.parse(source) as object)
      expect(complete(once)).toBe(once)
    }),
  )
})

test('lines of a .gitignore stay, and none is added twice', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '\n', ' ', '#', '/', '.sidestep', 'node_modules', '.yaml.lock*') }),
      (before) => {
        const once = ignoreLines(before)
        expect(once.startsWith(before)).toBe(true)
        expect(ignoreLines(once)).toBe(once)
      },
    ),
  )
})

test('a pipeline lies inside of the project', () => {
  for (const file of ['a.ts', './src/a.ts', 'src/../a.mts']) expect(() => checkPipelineFile(file)).not.toThrow()
  for (const file of ['/a.ts', '..', '../a.ts', 'src/../../a.ts', 'node_modules/a.ts', 'a', 'a/', '', 'a\0.ts']) {
    expect(() => checkPipelineFile(file), file).toThrow('the pipeline cannot be in')
  }
})

test('a package that has a name keeps it, and --name says that it is not used', async () => {
  await mkdir(join(cwd, 'named'))
  await writeFile(join(cwd, 'named/package.json'), '{ "name": "named", "type": "module" }\n')
  const { code, stderr } = await sidestep(['init', 'named', '--name', 'other', '--yes'], { cwd })
  expect(code).toBe(0)
  expect(stderr).toContain('package.json names the package named: that stays, and --name is not used\n')
  expect(JSON.parse(await readFile(join(cwd, 'named/package.json'), 'utf8'))).toMatchObject({ name: 'named' })
})
