import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Ajv } from 'ajv'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'

import { FlavorRegistry } from '../../src/flavor/flavor-registry.ts'
import type { JsonSchema } from '../../src/flavor/json-schema.ts'
import { editableConfig } from '../../src/project/editable-config.ts'
import { editorSchema, writeEditorSchema } from '../../src/project/editor-schema.ts'

const CORE = new URL('../../src/index.ts', import.meta.url).href
const ZOD = import.meta.resolve('zod')

const FLAVORS = `
import { BaseStepOperator } from ${JSON.stringify(CORE)}
import { z } from ${JSON.stringify(ZOD)}

const Limits = z.strictObject({ cores: z.int().min(1).describe('How many.'), get inner() { return Limits.optional() } })

export class Strict extends BaseStepOperator {
  static FLAVOR = 'strict'
  static CONFIG_SCHEMA = z.strictObject({
    region: z.enum(['here', 'there']).default('here').describe('Where it runs.'),
    jobs: z.number().max(8).optional(),
    folder: z.string().optional(),
    spot: z.boolean().optional(),
    pair: z.tuple([z.string(), z.number()]).optional(),
    token: z.string().meta({ secret: true }).optional(),
    limits: Limits.optional(),
  })
  async launch() {}
}

export class Forms extends BaseStepOperator {
  static FLAVOR = 'forms'
  static CONFIG_SCHEMA = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('a'), size: z.int() }),
    z.strictObject({ kind: z.literal('b'), host: z.string() }),
  ])
  async launch() {}
}

export class Anything extends BaseStepOperator {
  static FLAVOR = 'anything'
  async launch() {}
}
`

async function openRegistry(): Promise<{ folder: string; registry: FlavorRegistry }> {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-schema-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  await writeFile(join(folder, 'package.json'), '{"name":"mine","type":"module"}')
  await writeFile(join(folder, 'flavors.ts'), FLAVORS)
  await writeFile(join(folder, 'broken.ts'), 'throw new Error("no")')
  const registry = await FlavorRegistry.open({
    projectFolder: folder,
    sources: {
      step_operator: {
        strict: './flavors.ts#Strict',
        forms: './flavors.ts#Forms',
        anything: './flavors.ts#Anything',
        broken: './broken.ts#Broken',
      },
    },
    importModule: (url) => import(url),
  })
  return { folder, registry }
}

test('the schema tells what is right for each flavor from what is not', async () => {
  const { registry } = await openRegistry()
  const validate = new Ajv({ strict: false }).compile(await editorSchema(registry))
  const ofOperator = (config: string): boolean => validate(parse(`components: { step_operator: { a: ${config} } }`))

  const right = [
    '{ flavor: strict }',
    '{ flavor: strict, region: there, jobs: 3, spot: true, folder: x }',
    '{ flavor: strict, region: "${env:REGION}", jobs: "${env:JOBS}", spot: "${env:SPOT}" }',
    '{ flavor: strict, token: "${env:TOKEN}", pair: [a, 1] }',
    '{ flavor: strict, limits: { cores: 2, inner: { cores: "${env:CORES}" } } }',
    '{ flavor: forms, kind: a, size: 3 }',
    '{ flavor: forms, kind: b, host: h }',
    '{ flavor: anything, x: { y: 1 } }',
    '{ flavor: broken, x: 1 }',
    '{ flavor: sagemaker, role: r }',
  ]
  for (const config of right) expect([config, ofOperator(config), validate.errors]).toEqual([config, true, null])

  const wrong = [
    '{ jobs: 3 }',
    '{ flavor: strickt }',
    '{ flavor: strict, regoin: here }',
    '{ flavor: strict, region: nowhere }',
    '{ flavor: strict, jobs: 9 }',
    '{ flavor: strict, jobs: "9" }',
    '{ flavor: strict, spot: maybe }',
    '{ flavor: strict, token: hunter2 }',
    '{ flavor: strict, pair: [1, 1] }',
    '{ flavor: strict, limits: { cores: 0 } }',
    '{ flavor: strict, limits: { cores: 1, inner: { flavor: x, cores: 1 } } }',
    '{ flavor: forms, kind: a, host: h }',
    'strict',
  ]
  for (const config of wrong) expect([config, ofOperator(config)]).toEqual([config, false])
})

test('the schema knows the rest of the file', async () => {
  const { registry } = await openRegistry()
  const validate = new Ajv({ strict: false }).compile(await editorSchema(registry))
  const stack = 'artifact_store: lake, step_operators: [gpu]'
  const right = [
    '',
    'stacks:',
    `stacks: { prod: { ${stack} } }`,
    'active_stack: prod',
    'flavors: { step_operator: { a: ./b.ts#C } }',
  ]
  for (const text of right) expect([text, validate(parse(text))]).toEqual([text, true])
  const wrong = [
    'stack: {}',
    `stacks: { -prod: { ${stack} } }`,
    'stacks: { prod: { artifact_store: lake } }',
    'stacks: { prod: { artifact_store: lake, step_operators: [] } }',
    `stacks: { prod: { ${stack}, image_bilder: oci } }`,
    'components: { operator: {} }',
    'flavors: { step_operator: { a: ./b.ts } }',
    'active_stack: a b',
  ]
  for (const text of wrong) expect([text, validate(parse(text))]).toEqual([text, false])
})

test('editors are told what keys mean', async () => {
  const { registry } = await openRegistry()
  const schema = await editorSchema(registry)
  const definitions = schema['definitions'] as Record<string, JsonSchema>
  expect(Object.keys(definitions)).toEqual(['step_operator.forms', 'step_operator.strict'])
  expect(definitions['step_operator.strict']?.properties?.['region']).toMatchObject({
    description: 'Where it runs.',
    default: 'here',
  })
})

test('a reference at the root of a configuration is followed, and its circles are kept', () => {
  const config = {
    $ref: '#/$defs/node',
    $defs: {
      node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false },
    },
  }
  const made = editableConfig(config, '#/definitions/x')
  const validate = new Ajv({ strict: false }).compile({ $ref: '#/definitions/x', definitions: { x: made } })
  expect(validate({ flavor: 'x', next: { next: {} } })).toBe(true)
  expect(validate({ flavor: 'x', next: { flavor: 'x' } })).toBe(false)
  expect(validate({ other: 1 })).toBe(false)
})

test('the schema is written where it changed', async () => {
  const { folder, registry } = await openRegistry()
  const path = await writeEditorSchema(join(folder, '.sidestep'), registry)
  expect(path).toBe(join(folder, '.sidestep', 'sidestep.schema.json'))
  const { ino } = await stat(path)
  await writeEditorSchema(join(folder, '.sidestep'), registry)
  expect((await stat(path)).ino).toBe(ino)
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(await editorSchema(registry))
  await writeFile(path, '{}')
  await writeEditorSchema(join(folder, '.sidestep'), registry)
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ title: 'sidestep.yaml' })
})
