import { expect, it } from 'vitest'

import { SharedCall } from '../../src/aws/shared-call.ts'

it('who leaves a call that others wait for ends it for itself alone', async () => {
  const shared = new SharedCall()
  const [first, second] = [new AbortController(), new AbortController()]
  const { promise, resolve } = Promise.withResolvers<void>()
  const signals: AbortSignal[] = []
  const call = async (signal: AbortSignal): Promise<void> => {
    signals.push(signal)
    await promise
  }
  const leaving = shared.join(call, first.signal)
  const staying = shared.join(call, second.signal)
  first.abort(new Error('left'))
  await expect(leaving).rejects.toThrow('left')
  expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  resolve()
  await staying
  // The next one is another call, which ends with the last who waits for it.
  const third = new AbortController()
  const alone = shared.join(async (signal) => {
    signals.push(signal)
    await new Promise(() => undefined)
  }, third.signal)
  third.abort(new Error('left too'))
  await expect(alone).rejects.toThrow('left too')
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
})

it('a call that fails fails for all who wait, and is no answer for those who come later', async () => {
  const shared = new SharedCall()
  const { signal } = new AbortController()
  const failing = async (): Promise<void> => Promise.reject(new Error('away'))
  const both = await Promise.allSettled([shared.join(failing, signal), shared.join(failing, signal)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await shared.join(async () => undefined, signal)
})
