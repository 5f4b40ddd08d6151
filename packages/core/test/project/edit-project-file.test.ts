import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

import { editProjectFile } from '../../src/project/edit-project-file.ts'
import type { ProjectFileEdit } from '../../src/project/project-file-edit.ts'
import { ProjectFileChanges } from '../../src/project/project-file-changes.ts'
import { parseProjectFile } from '../../src/project/parse-project-file.ts'

const EDITOR = fileURLToPath(new URL('support/edit-many-times.ts', import.meta.url))

/** What a text editor does not show. */
const UNSEEN = /[^\P{Cc}\r\n]|[\p{Cf}\p{Zl}\p{Zp}]/u

const FILE = `# Stacks of the penguins

components:
  step_operator:
    # eight cards
    gpu: { flavor: local } # not at night
    cpu:
      flavor: local
      stopGrace: 5s   # short
  artifact_store:
    lake: { flavor: local }
    pond: { flavor: local }

stacks:
  prod:
    artifact_store: lake # the large one
    step_operators:
      - gpu # first
      - cpu
    default_step_operator: gpu
  dev: { artifact_store: lake, step_operators: [cpu] }

active_stack: prod
`

async function projectFile(text?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-edit-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const path = join(folder, 'sidestep.yaml')
  if (text !== undefined) await writeFile(path, text)
  return path
}

async function edited(change: (edit: ProjectFileEdit) => void, before: string = FILE): Promise<string> {
  const path = await projectFile(before)
  await editProjectFile(path, change)
  const after = await readFile(path, 'utf8')
  parseProjectFile(path, basename(path), after)
  expect(await readdir(join(path, '..'))).toEqual(['sidestep.yaml'])
  return after
}

async function refused(change: (edit: ProjectFileEdit) => void): Promise<unknown> {
  const path = await projectFile(FILE)
  const error: unknown = await editProjectFile(path, change).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(await readFile(path, 'utf8')).toBe(FILE)
  expect(await readdir(join(path, '..'))).toEqual(['sidestep.yaml'])
  return error
}

test('a new file has its sections in their order, and what editors need', async () => {
  const path = await projectFile()
  const file = await editProjectFile(path, (edit) => {
    edit.addComponent('artifact_store', 'lake', { flavor: 'local', config: {} })
    edit.addComponent('step_operator', 'gpu', { flavor: 'mine', config: { cores: 4, env: { A: '1' }, region: 'no' } })
    edit.addStack('prod', { stepOperators: ['gpu'], artifactStore: 'lake', defaultStepOperator: 'gpu' })
    edit.setActiveStack('prod')
    edit.addFlavor('step_operator', 'mine', './src/mine.ts#Mine')
  })
  expect(file.stacks['prod']).toEqual({ artifactStore: 'lake', stepOperators: ['gpu'], defaultStepOperator: 'gpu' })
  expect(await readFile(path, 'utf8')).toBe(`\
# yaml-language-server: $schema=.sidestep/sidestep.schema.json
# The stacks of this project and what they are composed of. Edited by hand or by \`sidestep stack\`; it holds no secrets.

flavors:
  step_operator:
    mine: ./src/mine.ts#Mine
components:
  artifact_store:
    lake:
      flavor: local
  step_operator:
    gpu:
      flavor: mine
      cores: 4
      env:
        A: '1'
      region: 'no'
stacks:
  prod:
    artifact_store: lake
    step_operators: [gpu]
    default_step_operator: gpu
active_stack: prod
`)
  expect((await stat(path)).mode & 0o777).toBe(0o644 & ~process.umask())
})

test('an edit changes its lines and no others', async () => {
  const cases: readonly (readonly [(edit: ProjectFileEdit) => void, string])[] = [
    [
      (edit) => edit.updateComponent('step_operator', 'cpu', { set: { stopGrace: '9s', jobs: 2 } }),
      FILE.replace('5s   # short\n', '9s   # short\n      jobs: 2\n'),
    ],
    [
      (edit) => edit.updateComponent('step_operator', 'cpu', { unset: ['stopGrace'] }),
      FILE.replace('      stopGrace: 5s   # short\n', ''),
    ],
    [
      (edit) => edit.renameComponent('step_operator', 'gpu', 'cards'),
      FILE.replace('gpu: {', 'cards: {').replace('- gpu #', '- cards #').replace('operator: gpu', 'operator: cards'),
    ],
    [
      (edit) => edit.renameComponent('artifact_store', 'lake', 'sea'),
      FILE.replace('lake: {', 'sea: {').replaceAll('artifact_store: lake', 'artifact_store: sea'),
    ],
    [
      (edit) => edit.copyComponent('step_operator', 'cpu', 'more'),
      FILE.replace('# short\n', '# short\n    more:\n      flavor: local\n      stopGrace: 5s\n'),
    ],
    [(edit) => edit.deleteComponent('artifact_store', 'pond'), FILE.replace('    pond: { flavor: local }\n', '')],
    [
      (edit) => edit.updateStack('prod', { stepOperators: ['gpu'], defaultStepOperator: undefined }),
      FILE.replace('      - cpu\n    default_step_operator: gpu\n', ''),
    ],
    [
      (edit) => edit.updateStack('dev', { artifactStore: 'pond' }),
      FILE.replace('{ artifact_store: lake', '{ artifact_store: pond'),
    ],
    [
      (edit) => edit.renameStack('prod', 'live'),
      FILE.replace('  prod:', '  live:').replace('active_stack: prod', 'active_stack: live'),
    ],
    [
      (edit) => edit.copyStack('dev', 'test'),
      FILE.replace('[cpu] }\n', '[cpu] }\n  test:\n    artifact_store: lake\n    step_operators: [cpu]\n'),
    ],
    [(edit) => edit.deleteStack('dev'), FILE.replace(/ {2}dev: .*\n/, '')],
    [(edit) => edit.setActiveStack(undefined), FILE.replace('\nactive_stack: prod\n', '')],
    [(edit) => edit.setActiveStack('default'), FILE.replace('active_stack: prod', 'active_stack: default')],
    [
      (edit) => edit.addFlavor('step_operator', 'mine', 'pkg#Mine'),
      FILE.replace('components:', 'flavors:\n  step_operator:\n    mine: pkg#Mine\n\ncomponents:'),
    ],
    [
      (edit) => {
        edit.addFlavor('step_operator', 'mine', './old.ts#Mine')
        edit.addFlavor('step_operator', 'mine', 'pkg#Mine', { replace: true })
      },
      FILE.replace('components:', 'flavors:\n  step_operator:\n    mine: pkg#Mine\n\ncomponents:'),
    ],
    [
      (edit) => {
        edit.addFlavor('step_operator', 'mine', 'pkg#Mine')
        edit.addFlavor('step_operator', 'mine', 'pkg#Mine')
        edit.deleteFlavor('step_operator', 'mine')
      },
      FILE,
    ],
  ]
  for (const [change, expected] of cases) expect(await edited(change)).toBe(expected)
})

test('a wrong edit says what is wrong, where, and what to do, and changes nothing', async () => {
  const cases: readonly (readonly [(edit: ProjectFileEdit) => void, object])[] = [
    [
      (edit) => edit.addComponent('step_operator', 'gpu', { flavor: 'local', config: {} }),
      { code: 'NAME_TAKEN', message: 'there is a step operator gpu already, at sidestep.yaml:6:5' },
    ],
    [(edit) => edit.addComponent('step_operator', '-x', { flavor: 'local', config: {} }), { code: 'NAME_INVALID' }],
    [
      (edit) => edit.addComponent('step_operator', 'x', { flavor: 'local', config: { apiKey: 'hunter2' } }),
      { code: 'CONFIG_INVALID', message: expect.not.stringContaining('hunter2') as string },
    ],
    [
      (edit) => edit.updateComponent('step_operator', 'cpu', { set: { env: { url: ['postgres://me:pw@host/db'] } } }),
      { code: 'CONFIG_INVALID', message: expect.stringContaining('env.url[0] of the step operator cpu') as string },
    ],
    [(edit) => edit.updateComponent('step_operator', 'cpu', { set: { ['__proto__']: 1 } }), { code: 'CONFIG_INVALID' }],
    [
      (edit) => edit.updateComponent('step_operator', 'cpu', { unset: ['stopGrice'] }),
      { code: 'CONFIG_INVALID', hint: 'Did you mean stopGrace?' },
    ],
    [
      (edit) => edit.updateComponent('step_operator', 'gpv', {}),
      { code: 'COMPONENT_UNKNOWN', hint: 'Did you mean gpu?' },
    ],
    [(edit) => edit.renameComponent('step_operator', 'gpu', 'cpu'), { code: 'NAME_TAKEN' }],
    [(edit) => edit.renameComponent('step_operator', 'constructor', 'x'), { code: 'COMPONENT_UNKNOWN' }],
    [
      (edit) => edit.deleteComponent('step_operator', 'cpu'),
      {
        code: 'COMPONENT_IN_USE',
        message: 'the step operator cpu is used by the stacks prod (sidestep.yaml:19:9), dev (sidestep.yaml:21:49)',
        hint: 'Let go of it first: `sidestep stack update prod --remove-step-operator cpu`, `sidestep stack update dev --step-operator OTHER --remove-step-operator cpu`.',
      },
    ],
    [
      (edit) => {
        edit.addFlavor('artifact_store', 'local', './a.ts#A')
        edit.deleteFlavor('artifact_store', 'local')
      },
      { code: 'COMPONENT_IN_USE' },
    ],
    [(edit) => edit.deleteFlavor('artifact_store', 'x'), { code: 'FLAVOR_UNKNOWN' }],
    [(edit) => edit.addFlavor('artifact_store', 'x', 'nothing'), { code: 'FLAVOR_INVALID' }],
    [(edit) => edit.addStack('prod', { artifactStore: 'lake', stepOperators: ['cpu'] }), { code: 'NAME_TAKEN' }],
    [(edit) => edit.addStack('x', { artifactStore: 'lake', stepOperators: [] }), { code: 'STACK_INVALID' }],
    [
      (edit) => edit.addStack('x', { artifactStore: 'lakes', stepOperators: ['cpu'] }),
      { code: 'COMPONENT_UNKNOWN', hint: 'Did you mean lake?' },
    ],
    [(edit) => edit.updateStack('prod', { stepOperators: ['cpu'] }), { code: 'STACK_INVALID' }],
    [(edit) => edit.updateStack('prod', { artifactStore: undefined }), { code: 'STACK_INVALID' }],
    [(edit) => edit.updateStack('prot', {}), { code: 'STACK_UNKNOWN', hint: 'Did you mean prod?' }],
    [(edit) => edit.renameStack('dev', 'prod'), { code: 'NAME_TAKEN' }],
    [(edit) => edit.deleteStack('prod'), { code: 'COMPONENT_IN_USE' }],
    [(edit) => edit.setActiveStack('prood'), { code: 'STACK_UNKNOWN' }],
  ]
  for (const [change, error] of cases) expect(await refused(change)).toMatchObject(error)
})

/** Larger whole numbers are refused. */
function isExact(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isExact)
  return !Number.isInteger(value) || Number.isSafeInteger(value)
}

test('any configuration reads back from the file as it was given', () => {
  const anyConfig = fc.dictionary(
    fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom('constructor', 'no', '1', 'a: b', '#')),
    fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 }),
  )
  fc.assert(
    fc.property(anyConfig, fc.constantFrom(FILE, '', FILE.replaceAll('\n', '\r\n')), (config, before) => {
      const written = JSON.stringify(config)
      fc.pre(isExact(config) && !/__proto__|"flavor"|env:|"":/.test(written))
      const changes = new ProjectFileChanges('/sidestep.yaml', before)
      changes.addComponent('image_builder', 'constructor', { flavor: '1e3', config })
      const bytes = Buffer.from(changes.text)
      expect(bytes.toString()).not.toMatch(UNSEEN)
      const file = parseProjectFile('/sidestep.yaml', 'sidestep.yaml', bytes.toString())
      expect(file.components.image_builder['constructor']).toEqual({ flavor: '1e3', config })
    }),
    { numRuns: 60 },
  )
})

test('a refused change leaves an edit as it was', async () => {
  const after = await edited((edit) => {
    edit.addComponent('step_operator', 'tpu', { flavor: 'local', config: {} })
    expect(() => edit.updateComponent('step_operator', 'tpu', { set: { ['__proto__']: 1, a: 1 } })).toThrow()
    expect(edit.file.components.step_operator['tpu']).toEqual({ flavor: 'local', config: {} })
  })
  expect(after).toBe(FILE.replace('# short\n', '# short\n    tpu:\n      flavor: local\n'))
})

test('an anchor that others share is not changed behind their backs', async () => {
  const shared = 'components: { step_operator: { a: &a { flavor: local }, b: *a } }\n'
  const path = await projectFile(shared)
  await expect(
    editProjectFile(path, (edit) => edit.updateComponent('step_operator', 'a', { set: { x: 1 } })),
  ).rejects.toMatchObject({ code: 'CONFIG_INVALID', hint: 'Make this change in an editor.' })
  expect(await readFile(path, 'utf8')).toBe(shared)
  await editProjectFile(path, (edit) => edit.updateComponent('step_operator', 'b', { set: { x: 1 } }))
  const after = await readFile(path, 'utf8')
  expect(parseProjectFile(path, 'sidestep.yaml', after).components.step_operator).toEqual({
    a: { flavor: 'local', config: {} },
    b: { flavor: 'local', config: { x: 1 } },
  })
})

test('ends of lines, a byte order mark, the mode and a link stay', async () => {
  const path = await projectFile(`\ufeff${FILE.replaceAll('\n', '\r\n').trimEnd()}`)
  await chmod(path, 0o640)
  const link = join(path, '..', 'link')
  await symlink('sidestep.yaml', link)
  await editProjectFile(link, (edit) => edit.updateComponent('step_operator', 'cpu', { set: { jobs: 2 } }))
  const expected = FILE.replace('# short\n', '# short\n      jobs: 2\n').replaceAll('\n', '\r\n').trimEnd()
  expect(await readFile(path, 'utf8')).toBe(`\ufeff${expected}`)
  expect((await lstat(link)).isSymbolicLink()).toBe(true)
  expect((await stat(path)).mode & 0o777).toBe(0o640)
})

test('what a person saves while a command edits is kept', async () => {
  const path = await projectFile(FILE)
  let calls = 0
  await editProjectFile(path, async (edit) => {
    calls += 1
    if (calls === 1) await writeFile(path, FILE.replace('eight cards', 'nine cards'))
    edit.addComponent('step_operator', 'tpu', { flavor: 'local', config: {} })
  })
  expect(calls).toBe(2)
  const after = await readFile(path, 'utf8')
  expect(after).toContain('nine cards')
  expect(after).toContain('tpu')
})

test('an edit goes where the path leads when it is written', async () => {
  for (const replace of [
    async (link: string): Promise<void> => symlink('b.yaml', link),
    async (link: string): Promise<void> => writeFile(link, `${FILE}# saved\n`),
    async (): Promise<void> => {},
  ]) {
    const folder = join(await projectFile(), '..')
    const link = join(folder, 'sidestep.yaml')
    await writeFile(join(folder, 'a.yaml'), FILE)
    await writeFile(join(folder, 'b.yaml'), `${FILE}# b\n`)
    await symlink('a.yaml', link)
    let calls = 0
    const file = await editProjectFile(link, async (edit) => {
      calls += 1
      if (calls === 1) {
        await rm(link)
        await replace(link)
      }
      edit.addComponent('step_operator', 'tpu', { flavor: 'local', config: {} })
    })
    expect(calls).toBe(2)
    const after = await readFile(link, 'utf8')
    expect(parseProjectFile(link, 'sidestep.yaml', after).components).toEqual(file.components)
    expect(after).toContain('tpu')
    expect(await readFile(join(folder, 'a.yaml'), 'utf8')).toBe(FILE)
    expect((await readdir(folder)).toSorted()).toEqual(['a.yaml', 'b.yaml', 'sidestep.yaml'])
  }
})

test('two processes that edit at once lose nothing', async () => {
  const path = await projectFile()
  const editors = ['a', 'b'].map((prefix) =>
    spawn(process.execPath, [EDITOR, path, prefix, '25'], { stdio: ['ignore', 'ignore', 'inherit'] }),
  )
  const codes = await Promise.all(editors.map(async (editor) => (await once(editor, 'exit')) as [number | null]))
  expect(codes.map(([code]) => code)).toEqual([0, 0])
  const file = parseProjectFile(path, 'sidestep.yaml', await readFile(path, 'utf8'))
  expect(Object.keys(file.components.step_operator)).toHaveLength(50)
  expect(await readdir(join(path, '..'))).toEqual(['sidestep.yaml'])
})

test('a killed process leaves the old file or the new one, and stops nobody', async () => {
  const path = await projectFile(FILE)
  let before = 0
  for (let round = 0; round < 4; round += 1) {
    const editor = spawn(process.execPath, [EDITOR, path, `r${round}-`, '100000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(editor.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, round * 11))
    editor.kill('SIGKILL')
    await once(editor, 'exit')
    const file = await editProjectFile(path, (edit) => edit.setActiveStack(round % 2 === 0 ? 'dev' : 'prod'))
    const names = Object.keys(file.components.step_operator)
    expect(names.length).toBeGreaterThan(before)
    expect(names).toContain('gpu')
    before = names.length
  }
  const left = (await readdir(join(path, '..'))).filter((name) => !name.startsWith('.sidestep.yaml.lock.'))
  expect(left).toEqual(['sidestep.yaml'])
})

test('where nothing can be written, nothing is left', async () => {
  const path = await projectFile(FILE)
  const folder = join(path, '..')
  await expect(editProjectFile(join(folder, 'none', 'sidestep.yaml'), () => {})).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    hint: 'Make its folder first.',
  })
  await mkdir(join(folder, 'sub', 'sidestep.yaml'), { recursive: true })
  await expect(editProjectFile(join(folder, 'sub', 'sidestep.yaml'), () => {})).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('is not a file') as string,
  })
  expect(await readdir(join(folder, 'sub'))).toEqual(['sidestep.yaml'])
  const long = `${FILE}${'# long\n'.repeat(2_000)}`
  await writeFile(path, long)
  // The lock fits in the limit, the file does not.
  const limited = `ulimit -f 2; exec "${process.execPath}" "${EDITOR}" "${path}" x`
  expect(await saidBy('sh', ['-c', limited])).toContain('`ulimit -f`')
  await chmod(folder, 0o555)
  expect(await saidBy(process.execPath, [EDITOR, path, 'x', '1', 'unprivileged'])).toContain('EACCES')
  await chmod(folder, 0o777)
  await chmod(path, 0o444)
  expect(await saidBy(process.execPath, [EDITOR, path, 'x', '1', 'unprivileged'])).toContain('EACCES')
  expect(await readFile(path, 'utf8')).toBe(long)
  expect(await readdir(folder)).toEqual(['sidestep.yaml', 'sub'])
})

/** The errors of a program that fails. */
async function saidBy(command: string, options: readonly string[]): Promise<string> {
  const child = spawn(command, options, { stdio: ['ignore', 'ignore', 'pipe'] })
  const [said, [code]] = await Promise.all([child.stderr.setEncoding('utf8').toArray(), once(child, 'exit')])
  expect(code).toBe(1)
  expect(said.join('')).toContain("code: 'CONFIG_INVALID'")
  return said.join('')
}

test('whoever waits can be stopped', async () => {
  const path = await projectFile(FILE)
  await editProjectFile(path, async () => {
    const other = editProjectFile(path, () => {}, { signal: AbortSignal.timeout(150) })
    await expect(other).rejects.toMatchObject({ name: 'AbortError' })
  })
  expect(await readFile(path, 'utf8')).toBe(FILE)
})
