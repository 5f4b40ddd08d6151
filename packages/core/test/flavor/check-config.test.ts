import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'

import { checkConfig, type CheckedConfig } from '../../src/flavor/check-config.ts'
import { issueText } from '../../src/flavor/config-issues.ts'

const schema = z.strictObject({
  size: z.int().max(100).optional(),
  useSpot: z.boolean().optional(),
  name: z.string().max(8).optional(),
  either: z.union([z.number(), z.string()]).optional(),
  zones: z.array(z.object({ weight: z.number() })).optional(),
  more: z.json().optional(),
})

async function check(
  config: unknown,
  environment: Readonly<Record<string, string>> = {},
  unsetVariables: 'refuse' | 'allow' = 'refuse',
): Promise<CheckedConfig> {
  return checkConfig(schema, config, { environment, unsetVariables })
}

const lines = ({ issues }: CheckedConfig): readonly string[] => issues.map(issueText)

describe('a value that is one reference', () => {
  it('is the number or the truth value that the variable spells, where the schema takes no text', async () => {
    const config = { size: '${env:SIZE}', useSpot: '${env:SPOT}', zones: [{ weight: 1 }, { weight: '${env:WEIGHT}' }] }
    expect(await check(config, { SIZE: '42', SPOT: 'false', WEIGHT: '-2.5e1' })).toEqual({
      issues: [],
      value: { size: 42, useSpot: false, zones: [{ weight: 1 }, { weight: -25 }] },
    })
    expect(config.size).toBe('${env:SIZE}')
  })

  it('is text wherever text is taken', async () => {
    const config = { name: '${env:A}', either: '${env:A}', more: ['${env:B}'] }
    expect((await check(config, { A: '123', B: 'true' })).value).toEqual({ name: '123', either: '123', more: ['true'] })
  })

  it('is nothing else than a number, true or false', async () => {
    for (const text of [
      'NaN',
      'Infinity',
      '1e999',
      '0x10',
      '01',
      '+1',
      '1_0',
      ' 1',
      '1\n',
      ' ',
      'null',
      'True',
      '{}',
      '[1]',
    ]) {
      expect(lines(await check({ size: '${env:A}' }, { A: text })), text).toEqual([
        expect.stringMatching(/^size: .*number/),
      ])
      expect(lines(await check({ useSpot: '${env:A}' }, { A: text })), text).toHaveLength(1)
    }
    expect(lines(await check({ size: '${env:A}${env:B}' }, { A: '1', B: '2' }))).toHaveLength(1)
    expect(lines(await check({ size: ' ${env:A}' }, { A: '1' }))).toHaveLength(1)
  })

  it('is told as what it is where the schema refuses it both ways', async () => {
    expect(lines(await check({ size: '${env:A}' }, { A: '500' }))).toEqual([expect.stringMatching(/^size: .*100/)])
    const long = lines(await check({ name: '${env:A}', size: '${env:B}' }, { A: '123456789', B: '1' }))
    expect(long).toEqual([expect.stringMatching(/^name: .*8 char/)])
  })

  it('never becomes anything but what JSON says of it', async () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.integer().map(String),
      fc.jsonValue().map((it) => JSON.stringify(it)),
    )
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const { value } = await checkConfig(
          z.object({ a: z.number() }),
          { a: '${env:A}' },
          {
            environment: { A: text },
            unsetVariables: 'refuse',
          },
        )
        if (value !== undefined) expect(value).toEqual({ a: JSON.parse(text) as unknown })
        else expect(text.trim() === text && Number.isFinite(numberOf(text))).toBe(false)
      }),
    )
  })
})

function numberOf(text: string): number {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'number' ? value : NaN
  } catch {
    return NaN
  }
}

describe('a reference inside of a union', () => {
  const union = z.union([
    z.strictObject({ kind: z.literal('gpu'), name: z.string(), count: z.number(), spot: z.boolean() }),
    z.strictObject({ kind: z.literal('cpu'), zones: z.array(z.number()) }),
  ])
  const options = { environment: { N: '3', M: '4', T: 'true' }, unsetVariables: 'refuse' } as const

  it('is the number that makes a variant fit, and text where that fits', async () => {
    const gpu = { kind: 'gpu', name: '${env:N}', count: '${env:M}', spot: '${env:T}' }
    const value = { kind: 'gpu', name: '3', count: 4, spot: true }
    expect(await checkConfig(z.strictObject({ on: union }), { on: gpu }, options)).toEqual({
      issues: [],
      value: { on: value },
    })
    expect(await checkConfig(union, gpu, options)).toEqual({ issues: [], value })
    const many = { kind: 'cpu', zones: Array.from({ length: 9 }, () => '${env:N}') }
    expect(await checkConfig(union, many, options)).toEqual({
      issues: [],
      value: { kind: 'cpu', zones: Array(9).fill(3) },
    })
  })

  it('stays text where no variant fits: what is wrong is told of the text', async () => {
    const schema = z.strictObject({ on: union, name: z.string() })
    const { issues } = await checkConfig(schema, { on: { kind: 'tpu', name: '${env:N}' }, name: '${env:M}' }, options)
    expect(issues.map(issueText)).toEqual([expect.stringMatching(/^on/)])
    const strict = await checkConfig(schema, { on: { kind: 'cpu', zones: [1] }, name: '${env:M}', more: 1 }, options)
    expect(strict.issues.map(issueText)).toEqual([expect.stringContaining('more')])
  })
})

describe('a variable that is not set', () => {
  it('is refused, or its value is not judged and the others are', async () => {
    const config = { size: '${env:SIZE}', useSpot: 'maybe', name: '${env:' }
    expect(await check(config)).toEqual({
      issues: [
        { path: ['size'], message: 'the environment variable SIZE is not set', variable: 'SIZE' },
        { path: ['name'], message: '${env: is no reference to a variable, which is written ${env:NAME}' },
      ],
    })
    expect(lines(await check(config, {}, 'allow'))).toEqual([
      'name: ${env: is no reference to a variable, which is written ${env:NAME}',
      expect.stringMatching(/^useSpot: /),
    ])
    expect(await check({ zones: [{ weight: '${env:A}' }] }, {}, 'allow')).toEqual({ issues: [] })
    for (const open of ['name', 'more'])
      expect(await check({ [open]: '${env:A}' }, {}, 'allow')).toEqual({ issues: [] })
    const without = await checkConfig(undefined, { a: '${env:A}' }, { environment: {}, unsetVariables: 'allow' })
    expect(without).toEqual({ issues: [] })
  })
})

describe('issues', () => {
  it('name the nearest key, where the typo holds it too', async () => {
    expect(lines(await check({ useSpott: true }))).toEqual([
      expect.stringMatching(/useSpott.*; instead of useSpott, did you mean useSpot\?$/),
    ])
    const said = 'there is no siz; did you mean size?'
    const telling = z.strictObject({ size: z.number().optional() }, { error: () => said })
    const told = await checkConfig(telling, { siz: 1 }, { environment: {}, unsetVariables: 'allow' })
    expect(told.issues.map(issueText)).toEqual([said])
    expect(lines(await check({ zones: [{ weight: 1 }, { weight: 'much' }] }))).toEqual([
      expect.stringMatching(/^zones\[1\]\.weight: /),
    ])
    const nested = z.object({ parts: z.array(z.union([z.strictObject({ weight: z.number() }), z.null()])) })
    const { issues } = await checkConfig(nested, { parts: [1] }, { environment: {}, unsetVariables: 'allow' })
    expect(issues.map(issueText)).toEqual([expect.stringMatching(/^parts\[0\]: /)])
  })

  it('hide secrets in lists, records and references to definitions', async () => {
    const token = z.string().meta({ secret: true, id: 'token' })
    const echo = z.object({ list: z.array(token), map: z.record(z.string(), token) }).superRefine((value, context) => {
      context.addIssue({ code: 'custom', message: `${value.list[0]} ${value.map['a']}` })
    })
    const config = { list: ['hunter2'], map: { a: 'swordfish' } }
    const { issues } = await checkConfig(echo, config, { environment: {}, unsetVariables: 'refuse' })
    const refused = (path: readonly PropertyKey[]): object => ({ path, message: expect.stringMatching(/^is a secret/) })
    expect(issues).toEqual([refused(['list', 0]), refused(['map', 'a']), { path: [], message: '(hidden) (hidden)' }])
  })

  it('refuse a secret that is written down, and take references', async () => {
    const secret = { secret: true }
    const asked = z.object({
      pin: z.any().meta(secret),
      keys: z.array(z.string()).meta(secret).optional(),
      login: z.union([z.strictObject({ word: z.string().meta(secret) }), z.null()]).optional(),
      name: z.string().optional(),
    })
    const environment = { PIN: 'from outside' }
    for (const unsetVariables of ['refuse', 'allow'] as const) {
      const wrong = async (config: object): Promise<readonly string[]> =>
        (await checkConfig(asked, config, { environment, unsetVariables })).issues.map(({ path }) => path.join('.'))
      for (const pin of [4711, 'hunter2', '', false, 'hunter2${env:PIN}', 'x${env:PIN}y', { a: 'b' }]) {
        expect(await wrong({ pin }), JSON.stringify(pin)).toEqual([typeof pin === 'object' ? 'pin.a' : 'pin'])
      }
      expect(await wrong({ pin: null, keys: ['a', '${env:PIN}'], login: { word: 'w' } })).toEqual([
        'keys.0',
        'login.word',
      ])
      const given = {
        pin: '${env:PIN}',
        keys: ['${env:PIN}${env:PIN}'],
        login: { word: '${env:PIN}' },
        name: 'hunter2',
      }
      expect(await wrong(given)).toEqual([])
      expect(await wrong({ pin: null, login: null })).toEqual([])
    }
  })

  it('say that a configuration is an object, where there is no schema', async () => {
    const options = { environment: {}, unsetVariables: 'refuse' } as const
    for (const config of [undefined, null, 1, [], 'x']) {
      expect(await checkConfig(undefined, config, options)).toEqual({
        issues: [{ path: [], message: 'a configuration is an object' }],
      })
    }
    expect(await checkConfig(undefined, { a: 1 }, options)).toEqual({ issues: [], value: { a: 1 } })
  })
})

describe('a value that looks like a variable of a shell', () => {
  const schema = z.strictObject({
    path: z.string().startsWith('/'),
    pin: z.string().max(3).optional().meta({ secret: true }),
  })
  const options = { environment: { PIN: '$HOME_OF' }, unsetVariables: 'refuse' } as const
  const told = async (config: object): Promise<readonly string[]> =>
    (await checkConfig(schema, config, options)).issues.map(issueText)

  it('is told how a variable is named, where it was refused', async () => {
    expect(await told({ path: '$DATA_FOLDER/x' })).toEqual([
      expect.stringMatching(/^path: .*; did you mean \$\{env:DATA_FOLDER\}\?$/),
    ])
    expect(await told({ path: '${data}/x' })).toEqual([expect.stringContaining('did you mean ${env:data}?')])
    expect(await told({ path: '/a/$x' })).toEqual([])
    expect(await told({ path: 'a$x' })).toEqual([expect.not.stringContaining('mean')])
    expect(await told({ path: '/x', pin: '${env:PIN}' })).toEqual([expect.not.stringContaining('HOME_OF')])
  })
})

describe('the JSON Schema of a schema', () => {
  it('is made only where a secret may be written: for anything but references', async () => {
    let made = 0
    const given = schema['~standard']
    const input = (options: Parameters<typeof given.jsonSchema.input>[0]): Record<string, unknown> => {
      made += 1
      return given.jsonSchema.input(options)
    }
    const counting = { '~standard': { ...given, jsonSchema: { ...given.jsonSchema, input } } }
    const timesFor = async (config: object): Promise<number> => {
      made = 0
      const { issues } = await checkConfig(counting, config, { environment: { A: 'a' }, unsetVariables: 'refuse' })
      expect(issues).toEqual([])
      return made
    }
    for (const config of [{}, { zones: [], name: undefined }, { name: '${env:A}', more: { deep: ['${env:A}', null] } }])
      expect(await timesFor(config)).toBe(0)
    for (const config of [{ name: '' }, { size: 0 }, { useSpot: false }, { more: [['b']] }, { name: '${env:A}b' }])
      expect(await timesFor(config)).toBe(1)
  })
})
