import { expect, test } from 'vitest'

import { Channel } from '../../src/runs/channel.ts'

test('a reader gets all items in their order, those of before its first look too', async () => {
  const channel = new Channel<number>()
  await channel.push(1)
  const reader = channel.read()
  const first = await reader.next()
  const second = reader.next()
  await channel.push(2)
  channel.close()
  expect([first, await second, await reader.next()]).toEqual([
    { done: false, value: 1 },
    { done: false, value: 2 },
    { done: true, value: undefined },
  ])
})

test('who pushes waits while the reader is far behind', async () => {
  const channel = new Channel<number>()
  const reader = channel.read()
  let pushed = 0
  const pushing = (async () => {
    for (; pushed < 5_000; pushed += 1) await channel.push(pushed)
    channel.close()
  })()
  await reader.next()
  expect(pushed).toBeLessThan(1_100)
  let read = 1
  for await (const item of reader) {
    expect(item).toBe(read)
    read += 1
    expect(pushed - read).toBeLessThan(1_100)
  }
  await pushing
  expect(read).toBe(5_000)
})

test('who pushes is free when the reader has left', async () => {
  const channel = new Channel<number>()
  const pushing = (async () => {
    for (let n = 0; n < 5_000; n += 1) await channel.push(n)
  })()
  for await (const item of channel.read()) if (item === 10) break
  await expect(pushing).resolves.toBeUndefined()
})

test('an error comes after the items that were pushed before it', async () => {
  const channel = new Channel<number>()
  await channel.push(1)
  channel.close(new Error('no more'))
  const reader = channel.read()
  expect(await reader.next()).toEqual({ done: false, value: 1 })
  await expect(reader.next()).rejects.toThrow('no more')
})
