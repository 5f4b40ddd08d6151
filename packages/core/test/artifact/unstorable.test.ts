import { runInNewContext } from 'node:vm'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { createArtifact } from '../../src/artifact/artifact.ts'
import { errorOf, save, testStore } from '../support/values.ts'

class Forest {
  readonly trees: number[] = []
}
class Score {
  toJSON(): object {
    return {}
  }
}
class Options extends Map {}
class Query {}
// As query builders do it, which run when they are awaited.
// oxlint-disable-next-line unicorn/no-thenable
Object.defineProperty(Query.prototype, 'then', { value: predict })

function predict(): void {}

const gappy = Object.assign([1, 2], { index: 0 })

test.each<[value: unknown, message: string, hint: string]>([
  [{ model: { predict } }, 'result.model.predict is a function (predict)', 'Only data can be stored'],
  [() => 1, 'result is a function', 'Only data'],
  [[[{ 'a b': Symbol('x') }]], 'result[0][0]["a b"] is a symbol', 'Use a string'],
  [{ data: Promise.resolve(1) }, 'result.data is a promise', '`await` forgotten'],
  [{ rows: new Query() }, 'result.rows is a promise', '`await` forgotten'],
  [{ model: new Forest() }, 'result.model is a Forest (an instance of a class)', 'registerMaterializer'],
  [new Score(), 'result is a Score (an instance of a class)', 'what its toJSON() returns'],
  [new Map([['k', new Options()]]), 'result.get("k") is an Options (an instance of a class)', 'registerMaterializer'],
  [new Map([[new WeakSet(), 1]]), 'result.<key …> is a WeakSet', 'registerMaterializer'],
  [{ tags: new Set([1, predict]) }, 'result.tags.<item 1> is a function (predict)', 'Only data'],
  [Object.assign(new Error('x'), { response: new Forest() }), 'result.response is a Forest', 'registerMaterializer'],
  [new Error('x', { cause: predict }), 'result.cause is a function', 'Only data'],
  [{ body: new ReadableStream() }, 'result.body is a stream', 'as the whole value'],
  [{ file: new Blob(['a']) }, 'result.file is a Blob', 'await blob.bytes()'],
  [{ match: gappy }, 'result.match is an array with a property of its own, "index"', '[...array]'],
  [
    { a: Object.assign([1], { [Symbol('hidden')]: 1 }) },
    'result.a has a property under Symbol(hidden)',
    'Use a string',
  ],
  [{ [Symbol('hidden')]: 1 }, 'result has a property under Symbol(hidden)', 'Use a string'],
  [
    JSON.parse('{"__proto__":1,"a":{}}', (key, value: unknown) => (key === 'a' ? new Date(0) : value)),
    '"__proto__"',
    'Map',
  ],
])('%# names what cannot be stored, and where', async (value, message, hint) => {
  const error = await errorOf(save(value, await testStore()))
  expect(error).toMatchObject({ code: 'VALUE_NOT_STORABLE', kind: 'step' })
  expect(error.message).toContain(message)
  expect(error.hint).toContain(hint)
})

test('an artifact in a result: its value is to be returned', async () => {
  const store = await testStore()
  const artifact = createArtifact(await save(1, store), store)
  for (const [value, path] of [
    [artifact, 'result'],
    [{ a: [artifact] }, 'result.a[0]'],
  ] as const) {
    const error = await errorOf(save(value, store))
    expect(error).toMatchObject({
      code: 'VALUE_NOT_STORABLE',
      hint: expect.stringContaining('await artifact.value()') as string,
    })
    expect(error.message).toContain(`${path} is an artifact`)
  }
})

test('what is nested too deeply says so', async () => {
  const store = await testStore()
  let list: unknown = null
  for (let depth = 0; depth < 100_000; depth += 1) list = { next: list }
  const error = await errorOf(save({ list }, store))
  expect(error.code).toBe('VALUE_NOT_STORABLE')
  expect(error.message).toContain('nested too deeply')
})

test('what is too much for one text says so', async () => {
  const store = await testStore()
  // Together just longer than the longest text of V8.
  const long = 'x'.repeat(2 ** 28)
  const error = await errorOf(save([long, long], store))
  expect(error.code).toBe('VALUE_NOT_STORABLE')
  expect(error.message).toContain('too large for one text')
  expect(error.hint).toContain('fileAt(path)')
})

test('the path leads to the value, wherever it lies', async () => {
  const store = await testStore()
  const place = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__'),
      fc.nat(3),
    ),
    {
      maxLength: 5,
    },
  )
  await fc.assert(
    fc.asyncProperty(place, async (path) => {
      const error = await errorOf(save(path.reduceRight<unknown>(wrap, predict), store))
      const expression = /cannot store the value: (result.*) is a function/s.exec(error.message)?.[1] ?? ''
      // What the message says is an expression that finds the function.
      const result = path.reduceRight<unknown>(wrap, predict)
      expect(runInNewContext(expression, { result })).toBe(predict)
    }),
    { numRuns: 100 },
  )
})

function wrap(inner: unknown, part: string | number): unknown {
  if (typeof part === 'string') return { [part]: inner }
  return [...Array.from({ length: part }, () => 0), inner]
}
