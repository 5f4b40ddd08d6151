import { inspect } from 'node:util'

import { afterEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'

import { configError } from '../../src/errors.ts'
import { defineFlavor, type Flavor, type FlavorDescription } from '../../src/flavor/define-flavor.ts'
import { jsonSchemaOf } from '../../src/flavor/json-schema.ts'
import { StackComponent } from '../../src/stack/component.ts'
import { Stack } from '../../src/stack/stack.ts'

class Shelf extends StackComponent {
  static override readonly TYPE = 'artifact_store'
  static override readonly FLAVOR = 'shelf'
}

const schema = z.strictObject({
  path: z.string().startsWith('/').describe('Where it is.').optional(),
  token: z.string().max(4).meta({ secret: true }).optional(),
  depth: z.object({ levels: z.coerce.number<string>().optional() }).strict().default({}),
  grace: z.string().transform(Number).prefault('10'),
})

function shelf(parts: Partial<FlavorDescription<'artifact_store'>> = {}): Flavor<'artifact_store', object> {
  return defineFlavor({
    type: 'artifact_store',
    flavor: 'shelf',
    configSchema: async () => schema,
    load: async () => Shelf,
    ...parts,
  })
}

afterEach(() => vi.unstubAllEnvs())

describe('a component', () => {
  it('gets its configuration validated, with what the environment holds', async () => {
    vi.stubEnv('SHELF_PATH', '/data')
    const ref = shelf()({ path: '${env:SHELF_PATH}/x' })
    expect(await ref.load()).toMatchObject({ config: { path: '/data/x', depth: {}, grace: 10 } })
    expect(ref.config).toEqual({ path: '${env:SHELF_PATH}/x' })
    const stack = new Stack({ name: 's', artifactStore: ref, stepOperators: { a: operator() } })
    expect(stack.describe({ projectFolder: '/p' }).artifactStore.config).toEqual({ path: '${env:SHELF_PATH}/x' })
  })

  it('names the path and the variable that is not set, and what else is wrong', async () => {
    await expect(shelf()({ path: '${env:NOT_SET}' }).load()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message:
        'an artifact store of the flavor shelf is not configured right:\n  path: the environment variable NOT_SET is not set',
      hint: expect.stringContaining('Set NOT_SET'),
    })
  })

  it('suggests the nearest key, in nested objects too', async () => {
    await expect(shelf()({ paht: '/x' }).load()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('"paht"; instead of paht, did you mean path?'),
    })
    await expect(shelf()({ depth: { levles: 1 } }).load()).rejects.toMatchObject({
      message: expect.stringMatching(/\n {2}depth: .*levles, did you mean levels\?$/),
    })
  })

  it('never shows a secret, nor what the environment holds', async () => {
    vi.stubEnv('SHELF_TOKEN', 'from the environment')
    const echo = z
      .strictObject({ token: z.string().meta({ secret: true }), path: z.string() })
      .superRefine((value, context) => {
        context.addIssue({ code: 'custom', message: `${value.token} does not open ${value.path}` })
      })
    const config = { token: 'hunter2-and-more', path: '/x/${env:SHELF_TOKEN}' }
    await expect(shelf({ configSchema: async () => echo })(config).load()).rejects.toMatchObject({
      message: expect.stringContaining('(hidden) does not open /x/${env:SHELF_TOKEN}'),
    })
  })

  it('shows references in the place of what the environment holds, whatever its class or its SDK throws', async () => {
    const value = 'tök"en\nof two lines'
    vi.stubEnv('SHELF_TOKEN', value)
    class Failing extends StackComponent<{ readonly path: string }> {
      static override readonly TYPE = 'artifact_store'
      static override readonly FLAVOR = 'shelf'
      constructor(config: { readonly path: string }) {
        super(config)
        const { path } = config
        const request = { headers: { authorization: `Bearer ${path}` }, tries: [path] }
        const cause = Object.assign(new TypeError(`cannot parse ${JSON.stringify({ path })}`), { request, input: path })
        const failures = new AggregateError([cause], `tried https://host/?t=${encodeURIComponent(path)}`, { cause })
        throw configError('CONFIG_INVALID', `cannot connect to ${path}`, `Is ${path} right?`, failures)
      }
    }
    const load = (parts: Partial<FlavorDescription<'artifact_store'>>): Promise<unknown> =>
      shelf({ configSchema: async () => z.looseObject({}), ...parts })({ path: '${env:SHELF_TOKEN}' }).load()
    const error = await load({ load: async () => Failing }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'cannot connect to ${env:SHELF_TOKEN}',
      hint: 'Is ${env:SHELF_TOKEN} right?',
      cause: { message: 'tried https://host/?t=${env:SHELF_TOKEN}', cause: expect.any(TypeError) },
    })
    const seen = inspect(error, { depth: 20, showHidden: true })
    for (const part of ['tök', 'of two lines', encodeURIComponent('tök')]) expect(seen).not.toContain(part)
    const throwing = z.looseObject({}).transform((it) => {
      throw new Error(`no ${String(it['path'])}`)
    })
    await expect(load({ configSchema: async () => throwing })).rejects.toThrow(/: no \$\{env:SHELF_TOKEN\}$/)
    vi.stubEnv('SHELF_TOKEN', 'step')
    await expect(load({ load: async () => Failing })).rejects.toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
  })

  it('says whose code failed', async () => {
    const fails = async (): Promise<never> => {
      throw new Error('no SDK here')
    }
    for (const parts of [{ load: fails }, { configSchema: fails }]) {
      await expect(shelf(parts)({}).load()).rejects.toMatchObject({
        code: 'COMPONENT_INVALID',
        message: expect.stringMatching(/^the artifact store shelf .*: no SDK here$/),
        cause: expect.any(Error),
      })
    }
    const configSchema = async () => ({}) as never
    await expect(shelf({ configSchema })({}).load()).rejects.toThrow('does not give a Standard Schema')
    await expect(shelf({ load: async () => class {} })({}).load()).rejects.toThrow('a class of a stack component')
  })
})

describe('the JSON schema of a configuration', () => {
  it('has the descriptions, defaults and marks of what is given', () => {
    expect(jsonSchemaOf(schema)).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: {
        path: { type: 'string', description: 'Where it is.' },
        token: { secret: true },
        depth: { default: {} },
        grace: { type: 'string', default: '10' },
      },
    })
    expect(jsonSchemaOf(schema)?.required).toBeUndefined()
  })

  it('is not there where a schema cannot tell', () => {
    expect(jsonSchemaOf(z.object({ at: z.date() }))).toBeUndefined()
    expect(
      jsonSchemaOf({ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }),
    ).toBeUndefined()
  })
})

function operator() {
  return { type: 'step_operator', flavor: 'a', config: {}, load: async () => new Shelf({}) } as const
}
