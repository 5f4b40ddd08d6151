import { ArtifactStore, type StoredObject } from '@sidestep/core'
import { expect, test } from 'vitest'

import { readAttempts } from '../../src/step-operator/attempt-evidence.ts'
import { BEGAN } from '../../src/steps/began.ts'

/** A store of what is given to it. */
class GivenStore extends ArtifactStore<Readonly<Record<string, string>>> {
  static override readonly FLAVOR = 'given'
  readonly uri = 'given://'
  readonly jobConfig = {}

  protected async putObject(): Promise<number> {
    throw new Error('read only')
  }
  protected async putObjectIfAbsent(): Promise<boolean> {
    throw new Error('read only')
  }
  protected async readObject(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const text = this.config[key]
    return text === undefined ? undefined : bytesOf(text)
  }
  protected async statObject(): Promise<StoredObject | undefined> {
    throw new Error('not asked for')
  }
  protected async *listObjects(prefix: string): AsyncGenerator<StoredObject> {
    for (const [key, text] of Object.entries(this.config)) if (key.startsWith(prefix)) yield { key, size: text.length }
  }
  protected async deleteObject(): Promise<void> {
    throw new Error('read only')
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function chunk(...texts: readonly string[]): string {
  return texts.map((text, index) => `${JSON.stringify({ n: index + 1, at: '', stream: 'stdout', text })}\n`).join('')
}

test('what an attempt left is read across its incarnations, in the order of numbers and not of letters', async () => {
  const prefix = 'runs/r/train-1'
  const chunks = Array.from({ length: 11 }, (_, index) => [`${prefix}/1/2/logs/${index + 1}.jsonl`, chunk(`${index}`)])
  const store = new GivenStore({
    'runs/r/run.json': '{}',
    'runs/r/launchers/1.json': '{}',
    'runs/r/inputs/abc': 'x',
    [`${prefix}/1/spec.json`]: '{"stepName":"train"}',
    [`${prefix}/1/creates/1.json`]: '{"n":1,"nonce":"a"}',
    [`${prefix}/1/incarnation-1.json`]: '{}',
    [`${prefix}/1/incarnation-2.json`]: '{}',
    [`${prefix}/1/1/logs/1.jsonl`]: chunk(BEGAN, 'one'),
    ...Object.fromEntries(chunks),
    [`${prefix}/1/2/logs/12.jsonl`]: chunk(BEGAN),
    [`${prefix}/10/spec.json`]: '{"stepName":"train"}',
    [`${prefix}/2/spec.json`]: '{"stepName":"train"}',
    [`${prefix}/2/owner.json`]: '{"closed":"given up"}',
    'runs/r/other-1/1/spec.json': '{"stepName":"other"}',
    'runs/r2/train-1/1/spec.json': '{"stepName":"train"}',
  })
  const attempts = await readAttempts('r', { store, step: { stepName: 'train' } })
  expect(attempts.map(({ attempt, began }) => [attempt, began])).toEqual([
    [1, 2],
    [2, 0],
    [10, 0],
  ])
  const [first, second] = attempts
  expect(first?.creates).toEqual([{ n: 1, nonce: 'a' }])
  expect(first?.incarnations.map(({ n, lines }) => [n, lines.length])).toEqual([
    [1, 2],
    [2, 12],
  ])
  expect(first?.incarnations[1]?.lines.map(({ text }) => text).slice(8)).toEqual(['8', '9', '10', BEGAN])
  expect(second?.owner).toEqual({ closed: 'given up' })
  expect((await readAttempts('r', { store })).length).toBe(4)
})
