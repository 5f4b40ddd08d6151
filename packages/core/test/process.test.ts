import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { expect, onTestFinished, test } from 'vitest'

import { bootId, findProcess, identifyProcess, isRunning } from '../src/process.ts'

function start(script: string): ChildProcess & { readonly pid: number } {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  if (child.pid === undefined) throw new Error('the process did not start')
  return child as ChildProcess & { readonly pid: number }
}

const FOREVER = 'setInterval(() => {}, 1_000_000)'

test('this process runs, and is the same whenever it is asked', () => {
  const self = identifyProcess()
  expect(self).toEqual({ bootId: bootId(), pid: process.pid, startTime: expect.stringMatching(/\S/) as string })
  expect(identifyProcess(process.pid)).toEqual(self)
  expect(isRunning(self)).toBe(true)
  // It travels as JSON.
  expect(isRunning(JSON.parse(JSON.stringify(self)) as typeof self)).toBe(true)
})

test('a process runs until it has ended', async () => {
  const child = start(FOREVER)
  const identity = identifyProcess(child.pid)
  expect(isRunning(identity)).toBe(true)
  expect(findProcess(child.pid)).toEqual(identity)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isRunning(identity)).toBe(false)
  expect(findProcess(child.pid)).toBeUndefined()
  expect(() => identifyProcess(child.pid)).toThrow(`no process has the pid ${child.pid}`)
})

test('another boot, or another start with the same pid, is another process', () => {
  const child = start(FOREVER)
  const identity = identifyProcess(child.pid)
  expect(isRunning({ ...identity, startTime: `${identity.startTime}0` })).toBe(false)
  expect(isRunning({ ...identity, bootId: 'another' })).toBe(false)
  expect(isRunning({ ...identity, pid: process.pid })).toBe(false)
})

test.runIf(process.platform === 'linux')('a zombie does not run', async () => {
  // The shell starts a child and becomes a program that never asks how its child ended.
  const parent = spawn('sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000'], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  const identity = identifyProcess(pid)
  expect(isRunning(identity)).toBe(true)
  // While it is still a shell, it would ask.
  await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8'), { timeout: 10_000 }).toBe('sleep\n')
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => isRunning(identity), { timeout: 10_000 }).toBe(false)
  // Its pid is still taken: the zombie is there, and is not counted.
  expect(() => process.kill(pid, 0)).not.toThrow()
})

test.runIf(process.platform === 'linux')('a name full of parentheses and spaces does not confuse it', async () => {
  const child = start(
    `process.stdin.once('data', () => { process.title = 'a) R 1 (b'; console.log('named') }); ${FOREVER}`,
  )
  const identity = identifyProcess(child.pid)
  child.stdin?.write('go')
  await once(child.stdout ?? child, 'data')
  expect(readFileSync(`/proc/${child.pid}/stat`, 'utf8')).toContain('(a) R 1 (b)')
  expect(identifyProcess(child.pid)).toEqual(identity)
})
