import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { SidestepError } from '../../src/errors.ts'
import { findProjectFile, readProjectFile, type ProjectFile } from '../../src/project/project-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sidestep-read-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

function read(content: string | Uint8Array): Promise<ProjectFile> {
  const path = join(folder, 'sidestep.yaml')
  writeFileSync(path, content)
  return readProjectFile(path)
}

/** What is said about a file that is not right: message and hint. */
async function complaint(content: string | Uint8Array): Promise<string> {
  const error: unknown = await read(content).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!SidestepError.isInstance(error)) throw new Error('it was read', { cause: error })
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
  return `${error.message}\n${error.hint ?? ''}`
}

const WHOLE = `# Who runs what.
flavors:
  step_operator: { mine: ./src/my-operator.ts#MyStepOperator }
components:
  step_operator:
    gpu:
      flavor: sagemaker
      role: arn:aws:iam::123456789012:role/steps
      tags: &tags { team: research, "1": one }
    constructor: { flavor: mine, token: '\${env:MY_TOKEN}', tags: *tags }
  artifact_store:
    lake: { flavor: s3, uri: s3://bucket/prefix, retries: 3, deep: [1, [true, null], 0.5] }
  container_registry:
stacks:
  prod: { artifact_store: lake, step_operators: [gpu, constructor], default_step_operator: gpu }
active_stack: prod
`

test('reads flavors, components, stacks, and the active one', async () => {
  const file = await read(WHOLE)
  expect(file).toMatchObject({
    path: join(folder, 'sidestep.yaml'),
    flavors: { step_operator: { mine: './src/my-operator.ts#MyStepOperator' } },
    components: {
      step_operator: {
        gpu: {
          flavor: 'sagemaker',
          config: { role: 'arn:aws:iam::123456789012:role/steps', tags: { team: 'research', 1: 'one' } },
        },
        constructor: { flavor: 'mine', config: { token: '${env:MY_TOKEN}', tags: { team: 'research', 1: 'one' } } },
      },
      artifact_store: {
        lake: { flavor: 's3', config: { uri: 's3://bucket/prefix', retries: 3, deep: [1, [true, null], 0.5] } },
      },
      container_registry: {},
      image_builder: {},
    },
    stacks: {
      prod: { artifactStore: 'lake', stepOperators: ['gpu', 'constructor'], defaultStepOperator: 'gpu' },
    },
    activeStack: 'prod',
  })
  expect(Object.keys(file.components.image_builder)).toEqual([])
  expect('toString' in file.stacks).toBe(false)
})

test('tells where a thing is written, or what is nearest to it', async () => {
  const { place } = await read(WHOLE)
  expect(place(['components', 'step_operator', 'gpu'])).toBe('sidestep.yaml:6:5')
  expect(place(['components', 'step_operator', 'gpu', 'role'])).toBe('sidestep.yaml:8:13')
  expect(place(['components', 'step_operator', 'gpu', 'region', 'zone'])).toBe('sidestep.yaml:6:5')
  expect(place(['stacks', 'prod', 'step_operators', 1])).toBe('sidestep.yaml:15:55')
  expect(place(['components', 'artifact_store', 'nothing'])).toBe('sidestep.yaml:11:3')
  expect(place([])).toBe('sidestep.yaml:2:1')
})

test('an empty file is an empty project, with a byte order mark and the ends of lines of Windows too', async () => {
  for (const text of ['', '# nothing yet\n', '---\n', '\ufeffcomponents:\r\n  step_operator:\r\n', '{}']) {
    expect(Object.keys((await read(text)).stacks)).toEqual([])
  }
})

test('names everything that is wrong, with its place and what is nearest', async () => {
  const text = await complaint(`components:
  step_operator:
    gpu: { flavor: local }
    "a b": { flavor: local }
    cpu: 5
    none:
  artifact_stroe: {}
  artifact_store: { lake: { flavour: s3 } }
stacks:
  prod: { artifact_store: lke, step_operators: [gpuu, gpu, gpu], default_step_operator: gpo, retries: 1 }
  dev:
  test: { artifact_store: 1, step_operators: gpu }
  \${env:NAME}: { artifact_store: '\${env:STORE}', step_operators: [] }
active_stack: prd
flavors: [mine]
`)
  const lines = text.split('\n')
  expect(lines[0]).toBe(`${folder}/sidestep.yaml cannot be used; it has 17 mistakes:`)
  for (const part of [
    '  sidestep.yaml:4:5 components.step_operator: "a b" cannot be the name of a component: it holds a space. ',
    '  sidestep.yaml:5:10 components.step_operator.cpu: a number is there, where a map',
    '  sidestep.yaml:6:10 components.step_operator.none: it has no flavor. Add the key flavor.',
    '  sidestep.yaml:7:3 components: the key "artifact_stroe" is not known. Did you mean artifact_store?',
    '  sidestep.yaml:8:27 components.artifact_store.lake: it has no flavor.',
    '  sidestep.yaml:10:27 stacks.prod.artifact_store: there is no artifact store "lke". Did you mean lake?',
    '  sidestep.yaml:10:49 stacks.prod.step_operators[0]: there is no step operator "gpuu". Did you mean gpu?',
    '  sidestep.yaml:10:60 stacks.prod.step_operators[2]: "gpu" is in the list twice. Name it once.',
    '  sidestep.yaml:10:89 stacks.prod.default_step_operator: "gpo" is not among its step_operators. Did you mean gpu',
    '  sidestep.yaml:10:94 stacks.prod: the key "retries" is not known. There may be artifact_store, ',
    '  sidestep.yaml:11:7 stacks.dev: it has no artifact_store. ',
    '  sidestep.yaml:11:7 stacks.dev: it has no step_operators. Name at least one: step_operators: [NAME].',
    '  sidestep.yaml:12:27 stacks.test.artifact_store: a number is there, where the name of an artifact store belongs.',
    '  sidestep.yaml:12:46 stacks.test.step_operators: text is there, where a list belongs.',
    '  sidestep.yaml:13:3 stacks: "${env:NAME}" cannot be the name of a stack',
    '  sidestep.yaml:14:15 active_stack: there is no stack "prd". Did you mean prod?',
    '  sidestep.yaml:15:10 flavors: a list is there, where a map',
  ]) {
    expect(lines.filter((line) => line.startsWith(part))).toHaveLength(1)
  }
})

test('a component that is wrong in itself does not make the stacks that name it wrong', async () => {
  expect(
    await complaint(`components:
  step_operator: { gpu: { flavor: 5 } }
  artifact_store: { lake: { flavor: s3 } }
stacks: { prod: { artifact_store: lake, step_operators: [gpu] } }
`),
  ).toBe(
    `${folder}/sidestep.yaml cannot be used: sidestep.yaml:2:35 components.step_operator.gpu.flavor: a number is there, where the name of a flavor belongs\nPut it in quotes, if it is one.`,
  )
})

test.each([
  ['a tab', 'stacks:\n\tprod: 1\n', '2:1: a tab indents the line\nIndent with spaces.'],
  ['a tab after spaces', 'stacks:\n  a: 1\n \tb: 1\n', 'a tab indents the line'],
  ['a key that is there twice', 'stacks:\n  a:\n  a:\n', '3:3 stacks: the key "a" is there twice'],
  ['a quote that is not closed', 'a: 1\nactive_stack: "prod\n\n\n', '2:15: a quote is not closed'],
  ['a bracket that is not closed', 'stacks: { a: 1\nactive_stack: x\n', 'a bracket is not closed'],
  ['two values in a line', 'stacks: prod: 1\n', '1:9: "key: value" was expected'],
  ['a line that is no key', 'stacks:\nprod\n', '"key: value" was expected'],
  ['wrong indentation', 'stacks:\n   a:\n  b:\n', 'the indentation fits nothing above'],
  ['a reserved character', 'active_stack: @prod\n', '1:15: text cannot begin with this character'],
  ['a variable without quotes', 'a: {b: ${env:HOME}}\n', 'Put "${env:NAME}" in quotes'],
  ['a tag', 'active_stack: !prod x\n', '1:15: it has a tag that has no meaning here'],
  ['two documents', 'stacks:\n---\nstacks:\n', '2:1: a second YAML document begins'],
  ['a control character', 'stacks:\n  a\0b: 1\n', '2:4: the control character U+0000'],
  ['an older YAML', '%YAML 1.1\n---\na: on\n', 'the file is YAML 1.1'],
  ['an alias of nothing', 'active_stack: *prod\n', 'nothing before it has the anchor of the alias *"prod"'],
  ['an alias within itself', 'stacks: &a { b: *a }\n', '1:17 stacks.b: the alias *"a" is within what it stands for'],
  ['a merge', 'x: &a { b: 1 }\nstacks: { <<: *a }\n', 'maps are not merged with <<'],
  ['a key that is a list', 'stacks:\n  ? [a, b]\n  : 1\n', '2:5 stacks: a key is no text'],
  ['an empty key', 'stacks:\n  : 1\n', 'stacks: a key is empty'],
  ['a number that is none', 'components: { step_operator: { a: { flavor: b, c: .nan } } }', 'it is no finite number'],
  ['a long number', 'components: { step_operator: { a: { flavor: b, c: 12345678901234567890 } } }', 'too many digits'],
  ['text for the whole', 'hello', '1:1: text is there, where a map with flavors'],
  ['a prototype', '__proto__: { polluted: 1 }', 'the key "__proto__" is not known'],
  ['a component of that name', 'components: { step_operator: { __proto__: { flavor: a } } }', 'it begins with "_"'],
  [
    'a setting of that name',
    'components: { step_operator: { a: { flavor: b, __proto__: { c: 1 } } } }',
    'no configuration has',
  ],
  [
    'a variable for a flavor',
    "components: { step_operator: { a: { flavor: '${env:F}' } } }",
    '${env:…} stands for nothing here',
  ],
  ['a name that a terminal obeys', 'stacks: { "\\e[31mred": 1 }', '"\\u001b[31mred" cannot be the name of a stack'],
])('refuses %s', async (_what, text, said) => {
  expect(await complaint(text)).toContain(said)
})

test('pollutes no prototype', async () => {
  await complaint('components: { step_operator: { a: { flavor: b, x: { __proto__: { polluted: 1 } } } } }')
  await complaint('__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }')
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
})

test('refuses what would keep a parser busy, in no time', async () => {
  const bomb = [...'bcdefghij'].map((name, index) => `${name}: &${name} [${`*${'abcdefghij'[index]},`.repeat(9)}]`)
  const began = performance.now()
  expect(await complaint(`a: &a [x]\n${bomb.join('\n')}`)).toContain('it stands for more than 50000 values')
  expect(await complaint('['.repeat(10_000))).toContain('nested deeper than 50 levels')
  expect(await complaint('{a: '.repeat(10_000))).toContain('nested deeper than 50 levels')
  expect(await complaint('- '.repeat(10_000))).toContain('nested deeper than 50 levels')
  expect(await complaint(Array.from({ length: 1000 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'))).toContain(
    'deeper than',
  )
  const chain = Array.from({ length: 200 }, (_, n) => `k${n}: &n${n} [${n === 0 ? '' : `*n${n - 1}`}]`)
  expect(await complaint(chain.join('\n'))).toContain('it is nested deeper than 50 levels')
  expect(await complaint(`[${','.repeat(1_000_000)}]`)).toContain('more than 100000 words and marks')
  expect(await complaint(`a: ${'x'.repeat(10_000_000)}`)).toContain('has 10000003 bytes, more than 1048576')
  expect(performance.now() - began).toBeLessThan(10_000)
})

test('refuses what is no UTF-8, no file, not there', async () => {
  expect(await complaint(Uint8Array.of(0x61, 0xff, 0x62))).toContain('is not UTF-8\nSave it as UTF-8.')
  expect(await complaint(Buffer.from('\ufeffstacks:\n', 'utf16le'))).toContain('is not UTF-8, but UTF-16')
  mkdirSync(join(folder, 'folder.yaml'))
  await expect(readProjectFile(join(folder, 'folder.yaml'))).rejects.toThrow('is not a file')
  await expect(readProjectFile(join(folder, 'no.yaml'))).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('finds the nearest file upwards', () => {
  const inner = join(folder, 'a', 'b')
  mkdirSync(inner, { recursive: true })
  writeFileSync(join(folder, 'sidestep.yaml'), '')
  writeFileSync(join(folder, 'a', 'package.json'), '{}')
  expect(findProjectFile(inner)).toBe(join(folder, 'sidestep.yaml'))
})

test('tags of the core schema are read, and a file of carriage returns alone is told so', async () => {
  const file = await read(`components:
  step_operator:
    a: { flavor: local, n: !!int "3", b: !!bool "true", f: !!float 1, g: !!float "-1.5e3", s: !!str 3, z: !!null "" }
`)
  expect(file.components.step_operator['a']?.config).toEqual({ n: 3, b: true, f: 1, g: -1500, s: '3', z: null })
  expect(await complaint('components: { step_operator: { a: { flavor: local, f: !!float SECRET } } }')).not.toContain(
    'SECRET',
  )
  const text = await complaint('components:\r  step_operator:\r')
  expect(text).toContain('each line ends with a carriage return alone')
  expect(text).toContain('(LF)')
})
