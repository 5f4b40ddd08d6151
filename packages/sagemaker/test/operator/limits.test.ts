import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { excesses } from '../../src/operator/check-limits.ts'
import { LIMITS } from '../../src/operator/limits.ts'

const MODELS = process.env['SIDESTEP_AWS_MODELS']

interface ModelShape {
  readonly type: string
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
  readonly members?: Readonly<Record<string, { readonly shape: string }>>
  readonly member?: { readonly shape: string }
  readonly key?: { readonly shape: string }
  readonly value?: { readonly shape: string }
}

describe('the table of limits', () => {
  it('has every shape that it refers to, and patterns that can be read', () => {
    for (const shape of Object.values(LIMITS)) {
      const refers =
        shape.type === 'structure'
          ? Object.values(shape.members)
          : shape.type === 'list'
            ? [shape.of]
            : shape.type === 'map'
              ? [shape.key, shape.value]
              : []
      for (const name of refers) expect(LIMITS).toHaveProperty(name)
      if (shape.type === 'string' && shape.pattern !== undefined) expect(new RegExp(shape.pattern, 'u')).toBeDefined()
    }
  })

  it.skipIf(MODELS === undefined)('is the published model, where SIDESTEP_AWS_MODELS names its folder', () => {
    const file = join(MODELS ?? '', 'sagemaker-training-jobs.json')
    const { shapes } = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly shapes: Readonly<Record<string, ModelShape>>
    }
    for (const [name, shape] of Object.entries(LIMITS)) {
      const { min, max, pattern, required, members, member, key, value, type, ...rest } = shapes[name] ?? { type: '' }
      const expected = {
        type,
        min,
        max,
        pattern: pattern?.replaceAll(String.raw`\p{Alnum}`, 'a-zA-Z0-9'),
        enum: rest.enum,
        required,
        members: members && Object.fromEntries(Object.entries(members).map(([each, { shape: of }]) => [each, of])),
        of: member?.shape,
        key: key?.shape,
        value: value?.shape,
      }
      expect({ name, ...shape }).toEqual({
        name,
        ...Object.fromEntries(Object.entries(expected).filter(([, part]) => part !== undefined)),
      })
    }
  })
})

describe('what is over a limit', () => {
  it.each<[string, unknown, string, readonly string[]]>([
    [
      'a name of 64 characters',
      'x'.repeat(64),
      'TrainingJobName',
      ['has 64 characters, and the most is 63', expect.stringContaining('has to match') as string],
    ],
    [
      '101 variables',
      Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`v${n}`, ''])),
      'TrainingEnvironmentMap',
      ['has 101 entries, and the most is 100'],
    ],
    [
      'a name of a variable',
      { 'a-b': '' },
      'TrainingEnvironmentMap',
      [expect.stringContaining('has to match') as string],
    ],
    ['no entries', [], 'TrainingContainerEntrypoint', ['has 0 entries, and the least is 1']],
    ['text for a number', { InstanceCount: '1' }, 'ResourceConfig', ['is "1", and has to be an integer']],
    ['a part of a machine', { InstanceCount: 1.5 }, 'ResourceConfig', ['is 1.5, and has to be an integer']],
    ['a word that is none', 'Tar', 'TrainingInputMode', ['is "Tar", and has to be one of Pipe, File, FastFile']],
    ['what is missing', {}, 'CheckpointConfig', ['is missing']],
    ['what there is not', { s3Uri: 'x', S3Uri: 's3://b' }, 'CheckpointConfig', ['is not known: did you mean S3Uri?']],
    ['what every object has', { constructor: 1 }, 'RetryStrategy', ['is missing', 'is not known']],
    ['a list for an object', [], 'VpcConfig', ['is [], and has to be a structure']],
    // As the model counts: characters, and not the units of UTF-16.
    ['256 characters of two units', '🙂'.repeat(256), 'TrainingContainerArgument', []],
    // A pattern of one line.
    ['two lines', 'a\nb', 'TrainingContainerArgument', [expect.stringContaining('has to match') as string]],
  ])('is told: %s', (_name, value, shape, messages) => {
    expect(excesses(value, shape).map(({ message }) => message)).toEqual(messages)
  })
})
