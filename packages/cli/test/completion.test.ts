import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeWords, type Completion } from '../src/completion/complete-words.ts'
import { shellScript, type Shell } from '../src/completion/shell-script.ts'
import { createProgram } from '../src/program.ts'
import { createProject, type Project } from './helpers/project.ts'
import { BIN, shellEnvironment, sidestep, sidestepEach } from './helpers/sidestep.ts'

const YAML = `flavors: { step_operator: { loud: ./loud.ts#Loud, stuck: ./stuck.ts#Stuck } }
components:
  step_operator: { here: { flavor: local, stopGrace: 5s }, there: { flavor: local }, loud: { flavor: loud } }
  artifact_store: { lake: { flavor: local } }
stacks:
  prod: { artifact_store: lake, step_operators: [here] }
  preview: { artifact_store: lake, step_operators: [there] }
`

const LOUD = `import { BaseStepOperator } from '@sidestep/core'
console.log('loaded')
console.error('loaded too')
export class Loud extends BaseStepOperator {
  static override readonly FLAVOR = 'loud'
}
`

let project: Project
let program: Command

beforeAll(async () => {
  program = await createProgram()
  project = await createProject(
    {
      'sidestep.yaml': YAML,
      'broken/sidestep.yaml': 'stacks: [',
      'src/pipeline.ts': '',
      'loud.ts': LOUD,
      'stuck.ts': 'await new Promise(() => {})\nexport class Stuck {}\n',
    },
    { withHome: false },
  )
  await mkdir(join(project.folder, 'bin'))
  await writeFile(join(project.folder, 'bin/sidestep'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, {
    mode: 0o755,
  })
})

afterAll(() => project.remove())

function valuesOf({ candidates }: Completion): readonly string[] {
  return candidates.map(({ value }) => value)
}

test('commands, subcommands and options, by what is typed', () => {
  expect(valuesOf(completeWords(program, ['ru']))).toEqual(['run', 'runs'])
  expect(valuesOf(completeWords(program, []))).toContain('init')
  expect(valuesOf(completeWords(program, ['runs', 're']))).toEqual(['resume'])
  expect(valuesOf(completeWords(program, ['runs', 'list', '--un']))).toEqual(['--unfinished'])
  expect(completeWords(program, ['runs', 'list', '--un']).candidates[0]?.description).toContain('have not ended')
  expect(valuesOf(completeWords(program, ['runs', 'list', '--unfinished', '--un']))).toEqual([])
  expect(valuesOf(completeWords(program, ['runs', 'list', '--', '--un']))).toEqual([])
})

test('help is followed by a command, and by one only', () => {
  expect(valuesOf(completeWords(program, ['help', 'ru']))).toEqual(['run', 'runs'])
  expect(valuesOf(completeWords(program, ['help', '']))).not.toContain('help')
  expect(valuesOf(completeWords(program, ['runs', 'help', 're']))).toEqual(['resume'])
  expect(valuesOf(completeWords(program, ['help', 'runs', '']))).toEqual([])
})

test('the value of an option, in each way that shells take a word apart', () => {
  const formats = ['text', 'json']
  expect(valuesOf(completeWords(program, ['runs', 'list', '--output', '']))).toEqual(formats)
  expect(valuesOf(completeWords(program, ['runs', 'list', '--output', '=']))).toEqual(formats)
  expect(valuesOf(completeWords(program, ['runs', 'list', '--output', '=', 'j']))).toEqual(['json'])
  expect(valuesOf(completeWords(program, ['runs', 'list', '--output=j']))).toEqual(['--output=json'])
  expect(valuesOf(completeWords(program, ['runs', 'list', '--output', '=', 'json', '--lim']))).toEqual(['--limit'])
})

test.each([
  [['run', ''], { kind: 'file' }],
  [['run', 'a.ts', ''], undefined],
  [['run', 'a.ts', '--stack', ''], { kind: 'stack' }],
  [['run', '--stack', 'prod', ''], { kind: 'file' }],
  [['runs', 'show', ''], { kind: 'run' }],
  [['runs', 'logs', 'last', ''], undefined],
  [['jobs', 'list', '--run', ''], { kind: 'run' }],
  [['stack', 'describe', ''], { kind: 'stack' }],
  [['stack', 'register', ''], undefined],
  [['stack', 'delete', ''], { kind: 'written-stack' }],
  [['stack', 'validate', '--pipeline', ''], { kind: 'file' }],
  [['runs', 'list', '--pipeline', ''], undefined],
  [['jobs', 'logs', ''], { kind: 'job' }],
  [['jobs', 'cancel', ''], { kind: 'job' }],
  [['integration', 'requirements', 'local', ''], { kind: 'integration' }],
  [['step-operator', 'update', 'here', '--unset', ''], { kind: 'key', type: 'step_operator', component: 'here' }],
  [['step-operator', 'update', 'here', '--'], { kind: 'option', type: 'step_operator', component: 'here' }],
  [
    ['artifact-store', 'register', 'x', '--flavor', '=', 'local', '-'],
    { kind: 'option', type: 'artifact_store', flavor: 'local' },
  ],
  [
    ['artifact-store', 'register', '--flavor=local', 'x', '-'],
    { kind: 'option', type: 'artifact_store', flavor: 'local' },
  ],
  [['artifact-store', 'register', 'x', '-'], undefined],
])('%j completes values of %j', (words, subject) => {
  expect(completeWords(program, words).subject).toEqual(subject)
})

test('no words make it fail', () => {
  const one = new Command('one').addOption(new Option('--choice <it>').choices(['a', 'b'])).argument('[rest...]')
  const root = new Command('root').addCommand(one)
  const word = fc.oneof(fc.string(), fc.constantFrom('one', '--choice', '--choice=', '=', '--', '-', '', '__proto__'))
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const { typed, prefix, candidates } = completeWords(root, words)
      for (const { value } of candidates) expect(value.startsWith(prefix + typed)).toBe(true)
    }),
  )
})

/** What a shell offers for the last of the words. */
function complete(shell: Shell, words: readonly string[], cwd = project.folder): readonly string[] {
  const { PATH = '' } = shellEnvironment()
  const script = join(project.folder, `completion.${shell}`)
  if (shell === 'fish') return completeInFish(script, words, cwd)
  const lines =
    shell === 'bash'
      ? ['source "$0"', 'COMP_WORDS=("$@")', 'COMP_CWORD=$(($# - 1))', '_sidestep', `printf '%s\\n' "\${COMPREPLY[@]}"`]
      : [
          'compdef() { :; }; _describe() { print -rl -- "${(@P)2%%:*}"; }; _files() { print -rl -- *(N); }',
          'source "$0"; words=("$@"); CURRENT=$#; _sidestep',
        ]
  const env = shellEnvironment({ PATH: `${join(project.folder, 'bin')}:${PATH}` })
  const args = ['-c', lines.join('\n'), script, 'sidestep', ...words]
  return execFileSync(shell, args, { cwd, env, encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')
}

/** Fish parses the line itself. */
function completeInFish(script: string, words: readonly string[], cwd: string): readonly string[] {
  const env = shellEnvironment({ PATH: `${join(project.folder, 'bin')}:${shellEnvironment()['PATH'] ?? ''}` })
  const line = ['sidestep', ...words].join(' ')
  const code = 'source $argv[1]; complete --do-complete $argv[2]'
  const stdout = execFileSync('fish', ['--no-config', '-c', code, script, line], { cwd, env, encoding: 'utf8' })
  return stdout.split('\n').flatMap((it) => (it === '' ? [] : [it.replace(/\t.*/, '')]))
}

function hasShell(shell: Shell): boolean {
  try {
    execFileSync(shell, ['-c', 'true'])
    return true
  } catch {
    return false
  }
}

test.for(['bash', 'zsh', 'fish'] as const)('%s completes commands, stacks and files', async (shell, { skip }) => {
  skip(!hasShell(shell), `${shell} is not installed`)
  const { code, stdout } = await sidestep(['complete', shell], { cwd: project.folder })
  expect({ code, stdout }).toEqual({ code: 0, stdout: shellScript(shell) })
  await writeFile(join(project.folder, `completion.${shell}`), stdout)

  expect(complete(shell, ['ru'])).toEqual(['run', 'runs'])
  // Fish sorts what it is offered.
  const stacks = shell === 'fish' ? ['preview', 'prod'] : ['prod', 'preview']
  expect(complete(shell, ['run', 'src/pipeline.ts', '--stack', 'pr'])).toEqual(stacks)
  expect(complete(shell, ['run', 'sr'])).toContainEqual(expect.stringMatching(/^src\/?$/))
  expect(complete(shell, ['runs', 'show', ''])).toEqual([])
  // Nothing is said into the line that is typed, and nothing of the line is run.
  expect(complete(shell, ['run', 'x', '--stack', ''], join(project.folder, 'broken'))).toEqual([])
  expect(complete(shell, ['run', '$(touch ran)', '--stack', '`touch ran`;touch ran'])).toEqual([])
  expect(existsSync(join(project.folder, 'ran'))).toBe(false)
  expect(existsSync(join(project.folder, '.sidestep'))).toBe(false)
})

test('names of components, stacks and flavors, options of a flavor, keys of a component', async () => {
  const rows: readonly (readonly [words: readonly string[], values: readonly string[]])[] = [
    [
      ['step-operator', 'describe', ''],
      ['here', 'there', 'loud'],
    ],
    [
      ['stack', 'set', ''],
      ['prod', 'preview', 'default'],
    ],
    [
      ['stack', 'delete', ''],
      ['prod', 'preview'],
    ],
    [['artifact-store', 'delete', 'l'], ['lake']],
    [
      ['step-operator', 'register', 'x', '--flavor', 'lo'],
      ['local', 'loud'],
    ],
    [['step-operator', 'flavor', 'describe', 'loc'], ['local']],
    [['step-operator', 'register', 'x', '--flavor', 'local', '--stop-'], ['--stop-grace']],
    [['step-operator', 'update', 'here', '--stop-'], ['--stop-grace']],
    [['step-operator', 'update', 'here', '--unset', ''], ['stopGrace']],
    [['jobs', 'logs', ''], []],
    [['integration', 'requirements', 'x', 'loc'], ['local']],
    // What a module of the project says, or that it never ends to load, is not seen by who types.
    [['step-operator', 'update', 'loud', '--se'], ['--set']],
    [['step-operator', 'register', 'x', '--flavor', 'stuck', '--se'], ['--set']],
  ]
  const answers = await sidestepEach(
    rows.map(([words]) => ['complete', '--', ...words]),
    { cwd: project.folder },
  )
  for (const [index, { code, stdout, stderr }] of answers.entries()) {
    const values = stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/\t.*/, '')]))
    const [words, expected] = rows[index] ?? []
    expect({ words, values, code, stderr }).toEqual({ words, values: expected, code: 0, stderr: '' })
  }
  expect(existsSync(join(project.folder, '.sidestep'))).toBe(false)
})

test('an unknown shell: exit code 2, with those that there are', async () => {
  const { code, stderr } = await sidestep(['complete', 'tcsh'], { cwd: project.folder })
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('bash, zsh, fish') })
})
