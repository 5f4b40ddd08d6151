import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { resolveEnvironment } from '../../src/flavor/environment-references.ts'

describe('references to the environment', () => {
  it('are replaced in nested strings, several in one too, and nowhere else', () => {
    const environment = { HOST: 'lake', PORT: '80', BLANK: ' ' }
    class Client {
      readonly url = '${env:HOST}'
    }
    const client = new Client()
    const given = {
      url: 'https://${env:HOST}:${env:PORT}/${env:HOST}',
      nested: { list: ['${env:BLANK}', 1, null, undefined] },
      '${env:HOST}': '$HOST ${HOST} $${env:PORT} ${ENV:HOST}',
      client,
    }
    const before = structuredClone({ ...given, client: undefined })
    const { config, values } = resolveEnvironment(given, environment)
    expect(config).toEqual({
      url: 'https://lake:80/lake',
      nested: { list: [' ', 1, null, undefined] },
      '${env:HOST}': '$HOST ${HOST} $80 ${ENV:HOST}',
      client: { url: '${env:HOST}' },
    })
    expect(config).toHaveProperty('client', client)
    expect([...values]).toEqual([
      ['HOST', 'lake'],
      ['PORT', '80'],
      ['BLANK', ' '],
    ])
    expect({ ...given, client: undefined }).toEqual(before)
  })

  it('leave a configuration without any as it is, and one that holds itself too', () => {
    const given: { a: string; self?: object } = { a: 'b' }
    given.self = given
    expect(resolveEnvironment(given, {}).config).toBe(given)
    const circle: { a: string; self?: object } = { a: '${env:A}' }
    circle.self = circle
    const { config } = resolveEnvironment(circle, { A: '1' }) as { config: typeof circle }
    expect(config.a).toBe('1')
    expect(config.self).toBe(config)
    const prototype = JSON.parse('{ "__proto__": { "a": "${env:A}" } }') as object
    const copy = resolveEnvironment(prototype, { A: '1' }).config as object
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(Object.hasOwn(copy, '__proto__')).toBe(true)
  })

  it('name what is not set and where it is asked for, all at once', () => {
    const given = { uri: '${env:BUCKET}/x', list: [{ token: '${env:TOKEN}' }], bad: '${env:}', open: '${env:OPEN' }
    const { open } = resolveEnvironment(given, { constructor: undefined })
    expect(open).toEqual([
      { path: ['uri'], message: 'the environment variable BUCKET is not set', variable: 'BUCKET' },
      { path: ['list', 0, 'token'], message: 'the environment variable TOKEN is not set', variable: 'TOKEN' },
      { path: ['bad'], message: '${env:} is no reference to a variable, which is written ${env:NAME}' },
      { path: ['open'], message: '${env:OPEN is no reference to a variable, which is written ${env:NAME}' },
    ])
    expect(resolveEnvironment('${env:constructor}', {}).open).toMatchObject([{ path: [], variable: 'constructor' }])
  })

  it('leave a variable that is empty open, as one that is not set', () => {
    expect(resolveEnvironment({ path: '${env:FOLDER}/store' }, { FOLDER: '' })).toMatchObject({
      config: { path: '${env:FOLDER}/store' },
      open: [{ path: ['path'], message: 'the environment variable FOLDER is empty', variable: 'FOLDER' }],
    })
  })

  it('are replaced once: what a variable holds is text', () => {
    const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,6}$/)
    const text = fc.string({ unit: 'binary' }).filter((it) => !it.includes('${env:'))
    fc.assert(
      fc.property(fc.array(fc.tuple(text, name), { minLength: 1 }), fc.string({ unit: 'binary' }), (pairs, value) => {
        const template = pairs.map(([before, it]) => `${before}\${env:${it}}`).join('')
        const names = new Set(pairs.map(([, it]) => it))
        const environment = Object.fromEntries([...names].map((it) => [it, `${it}${value}\${env:${it}}`]))
        const expected = pairs.map(([before, it]) => `${before}${it}${value}\${env:${it}}`).join('')
        expect(resolveEnvironment({ a: template }, environment).config).toEqual({ a: expected })
      }),
    )
  })
})
