import { expect, test } from 'vitest'

import { judgeExit, type ExitEvidence } from '../../src/entrypoint/judge-exit.ts'

function judge(evidence: Partial<ExitEvidence>): { kind: string; message: string } {
  const { kind, error } = judgeExit({
    exit: { code: null, signal: null },
    tail: [],
    outOfMemoryKills: false,
    subject: "the step's process",
    mustReturn: true,
    ...evidence,
  })
  return { kind, message: error.message }
}

test('a full heap is oom, by what Node prints before it aborts', () => {
  const tail = [
    '<--- Last few GCs --->',
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ]
  expect(judge({ exit: { code: null, signal: 'SIGABRT' }, tail }).kind).toBe('oom')
  expect(judge({ exit: { code: 134, signal: null }, tail }).kind).toBe('oom')
})

test('SIGKILL is oom only where the system counted a kill for memory', () => {
  expect(judge({ exit: { code: null, signal: 'SIGKILL' }, outOfMemoryKills: true }).kind).toBe('oom')
  expect(judge({ exit: { code: null, signal: 'SIGKILL' } })).toMatchObject({
    kind: 'step',
    message: expect.stringContaining('SIGKILL'),
  })
})

test('a native crash names its signal', () => {
  expect(judge({ exit: { code: null, signal: 'SIGSEGV' } })).toMatchObject({
    kind: 'step',
    message: expect.stringContaining('SIGSEGV'),
  })
})

test("an exit before the return is the step's, with its code", () => {
  expect(judge({ exit: { code: 3, signal: null } })).toMatchObject({
    kind: 'step',
    message: expect.stringContaining('code 3'),
  })
  expect(judge({ exit: { code: 0, signal: null } })).toMatchObject({
    kind: 'step',
    message: expect.stringContaining('before the step returned'),
  })
  expect(judge({ exit: { code: 13, signal: null } }).message).toContain('promise')
})

test.each([
  ['ENOENT', 'step', "the command nope could not be started: it is not in the step's environment"],
  ['EACCES', 'step', "not in the step's environment"],
  ['E2BIG', 'step', 'longer than the system takes'],
  ['EAGAIN', 'infra', 'spawn nope EAGAIN'],
])('%s at the start is %s', (code, kind, message) => {
  const startError = Object.assign(new Error(`spawn nope ${code}`), { code })
  expect(judge({ exit: { code: null, signal: null, startError }, subject: 'the command nope' })).toMatchObject({
    kind,
    message: expect.stringContaining(message),
  })
})
