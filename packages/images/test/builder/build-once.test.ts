import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { buildOnce } from '../../src/builder/build-once.ts'
import { digestOf } from '../../src/distribution/digest.ts'
import { signal, temporaryFolder } from './support.ts'

const target = { registry: 'r.test', repository: 'steps' }
const DIGEST = digestOf(Buffer.from('image'))

test('one of many makes it, and who waits for long is told so', async () => {
  const home = await temporaryFolder()
  let made = 0
  const find = async () => (made > 0 ? DIGEST : undefined)
  const make = async (): Promise<typeof DIGEST> => {
    await sleep(1_300)
    made += 1
    return DIGEST
  }
  const lines: string[] = []
  const report = (line: string): void => void lines.push(line)
  const once = async () => buildOnce({ target, tag: 'a', find, make }, { home, signal, report })
  expect(await Promise.all([once(), once(), once()])).toEqual([DIGEST, DIGEST, DIGEST])
  expect(made).toBe(1)
  expect(lines).toEqual(Array(2).fill('another step or process makes the same image: waiting for it'))
  expect(await once()).toBe(DIGEST)
  expect([made, lines.length]).toEqual([1, 2])
})

test('what a build leaves behind goes with the next one', async () => {
  const home = await temporaryFolder()
  const build = async (tag: string, make: (prefix: string) => Promise<typeof DIGEST>) =>
    buildOnce({ target, tag, make }, { home, signal, report: () => undefined })
  let left = ''
  const failing = build('a', async (prefix) => {
    left = `${prefix}work`
    await mkdir(left)
    throw new Error('broken')
  })
  await expect(failing).rejects.toThrow('broken')
  expect(existsSync(left)).toBe(true)
  expect(await build('a', async () => DIGEST)).toBe(DIGEST)
  expect(existsSync(left)).toBe(false)
})
