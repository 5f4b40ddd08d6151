import fc from 'fast-check'
import { expect, test } from 'vitest'

import { gcsSimulator } from './gcs-simulator.ts'

/** What the simulator is compared with. */
interface Entry {
  readonly content: string
  readonly generation: number
  readonly metageneration: number
  readonly labels: Readonly<Record<string, string>>
}

const gcs = gcsSimulator()
const NAMES = ['a', 'a/b', 'a/c', 'b', 'é', '\u{1f600}', '\u{ff5e}']
const name = fc.constantFrom(...NAMES)
/** Of what is there, of what was, or of nothing. */
const match = fc.constantFrom('none', 'current', 'older', 'any')

const step = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    name,
    content: fc.string({ maxLength: 20 }),
    match,
    resumable: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('delete' as const), name, match }),
  fc.record({
    kind: fc.constant('label' as const),
    name,
    label: fc.constantFrom('x', 'y'),
    value: fc.constantFrom('1', null),
  }),
  fc.record({ kind: fc.constant('copy' as const), name, target: name }),
  fc.record({ kind: fc.constant('compose' as const), name, sources: fc.array(name, { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constant('list' as const), prefix: fc.constantFrom('', 'a', 'a/', 'é') }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 5000 }) }),
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

interface Model {
  readonly entries: Map<string, Entry>
  /** The highest generation until now. */
  last: number
}

async function run(model: Model, one: Step): Promise<void> {
  const { bucket, clock } = gcs
  const { entries } = model
  switch (one.kind) {
    case 'put': {
      const { query, holds } = condition(model, one.name, one.match)
      const saved = bucket.file(one.name).save(one.content, { resumable: one.resumable, preconditionOpts: query })
      expect(await codeOf(saved)).toBe(holds ? 200 : 412)
      if (holds) await written(model, one.name, one.content, {})
      break
    }
    case 'delete': {
      const existing = entries.get(one.name)
      const { query, holds } = condition(model, one.name, one.match)
      const expected = existing === undefined ? 404 : holds ? 200 : 412
      expect(await codeOf(bucket.file(one.name).delete(query))).toBe(expected)
      if (expected === 200) entries.delete(one.name)
      break
    }
    case 'label': {
      const existing = entries.get(one.name)
      const changed = bucket.file(one.name).setMetadata({ metadata: { [one.label]: one.value } })
      expect(await codeOf(changed)).toBe(existing === undefined ? 404 : 200)
      if (existing === undefined) break
      const { [one.label]: _old, ...others } = existing.labels
      const labels = one.value === null ? others : { ...others, [one.label]: one.value }
      entries.set(one.name, { ...existing, labels, metageneration: existing.metageneration + 1 })
      break
    }
    case 'copy': {
      const source = entries.get(one.name)
      expect(await codeOf(bucket.file(one.name).copy(one.target))).toBe(source === undefined ? 404 : 200)
      if (source !== undefined) await written(model, one.target, source.content, source.labels)
      break
    }
    case 'compose': {
      const sources = one.sources.map((source) => entries.get(source))
      const isThere = sources.every((source) => source !== undefined)
      expect(await codeOf(bucket.combine([...one.sources], one.name))).toBe(isThere ? 200 : 404)
      if (isThere) await written(model, one.name, sources.map((source) => source?.content).join(''), {})
      break
    }
    case 'list': {
      const [files] = await bucket.getFiles({ prefix: one.prefix })
      const names = [...entries.keys()].filter((key) => key.startsWith(one.prefix))
      const sorted = names.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
      expect(files.map((file) => file.name)).toEqual(sorted)
      break
    }
    case 'wait':
      await clock.advance(one.ms)
      break
  }
}

async function check({ entries }: Model): Promise<void> {
  for (const key of NAMES) {
    const entry = entries.get(key)
    const file = gcs.bucket.file(key)
    expect((await file.exists())[0]).toBe(entry !== undefined)
    if (entry === undefined) continue
    const [metadata] = await file.getMetadata()
    const { generation, metageneration, metadata: labels = {}, size } = metadata
    expect({ generation: Number(generation), metageneration: Number(metageneration), labels }).toEqual({
      generation: entry.generation,
      metageneration: entry.metageneration,
      labels: entry.labels,
    })
    expect(Number(size)).toBe(Buffer.byteLength(entry.content))
    expect((await file.download())[0].toString()).toBe(Buffer.from(entry.content).toString())
  }
}

function condition(
  { entries }: Model,
  key: string,
  kind: string,
): { readonly query: { ifGenerationMatch?: number }; readonly holds: boolean } {
  const current = entries.get(key)?.generation ?? 0
  if (kind === 'any') return { query: {}, holds: true }
  const wanted = kind === 'none' ? 0 : kind === 'current' ? current : 1
  return { query: { ifGenerationMatch: wanted }, holds: wanted === current }
}

/** The generation is the simulator's to choose; it has to grow. */
async function written(model: Model, key: string, content: string, labels: Entry['labels']): Promise<void> {
  const [metadata] = await gcs.bucket.file(key).getMetadata()
  const generation = Number(metadata.generation)
  expect(generation).toBeGreaterThan(model.last)
  model.last = generation
  model.entries.set(key, { content, generation, metageneration: 1, labels })
}

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 200,
    (error: { code?: unknown }) => error.code,
  )
}

test('whatever is done, what is there is what a simple model says', async () => {
  await fc.assert(
    fc
      .asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const model: Model = { entries: new Map(), last: 0 }
        for (const one of steps) await run(model, one)
        await check(model)
      })
      .beforeEach(async () => gcs.bucket.deleteFiles()),
    { numRuns: 15 },
  )
}, 60_000)
