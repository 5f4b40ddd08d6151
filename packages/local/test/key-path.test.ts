import { sep } from 'node:path'

import fc from 'fast-check'
import { expect, it } from 'vitest'

import { keyOfNames, OWN_PREFIX, pathOfKey } from '../src/store/key-path.ts'

const part = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.string({ unit: fc.constantFrom('%', 'u', 'D', '8', '0', 't', '.', '/', '\ud800', 'é', ' '), minLength: 1 }),
  )
  .map((text) => text.replaceAll(/[/\0]/g, '_'))
  .filter((text) => text !== '.' && text !== '..')
const key = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))

it('every key has a path, and the path tells the key', () => {
  fc.assert(
    fc.property(key, (it) => {
      expect(keyOfNames(pathOfKey(it).split(sep))).toBe(it)
    }),
  )
})

it('no path leaves the folder, has a name that file systems refuse, or one of the store itself', () => {
  fc.assert(
    fc.property(key, (it) => {
      for (const name of pathOfKey(it).split(sep)) {
        expect(name).toMatch(/^[\w.,=@+~ %-]+$/)
        expect(['.', '..']).not.toContain(name)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
        expect(name.startsWith(OWN_PREFIX)).toBe(false)
      }
    }),
  )
})

it('no two keys share a path', () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(pathOfKey(a) === pathOfKey(b)).toBe(a === b)
    }),
  )
})

it('what nobody encoded is no key', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (names) => {
      const found = keyOfNames(names)
      if (found !== undefined) expect(pathOfKey(found)).toBe(names.join(sep))
    }),
  )
  for (const name of ['%tmp', 'a%2', 'a%', 'gr\u00f6\u00dfe', '%61', '%e4', '%C3', '%uD83D%uDE00'])
    expect(keyOfNames([name])).toBeUndefined()
})

it('readable names stay as they are', () => {
  for (const readable of [
    'runs/penguins-7f/train.v2/1/outputs/model_1.json',
    'a b/c=d@e+f,~g/.hidden',
    'x'.repeat(200),
  ]) {
    expect(pathOfKey(readable)).toBe(readable)
  }
  expect(pathOfKey('größe/50%:1')).toBe('gr%C3%B6%C3%9Fe/50%25%3A1')
})
