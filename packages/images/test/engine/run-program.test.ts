import { expect, test } from 'vitest'

import { runProgram, type ProgramResult } from '../../src/engine/run-program.ts'
import { signal } from '../builder/support.ts'

const shell = (script: string, end: AbortSignal = signal, onLine?: (line: string) => void): Promise<ProgramResult> =>
  runProgram(
    { program: '/bin/sh', args: ['-c', script], environment: { MARK: 'here' } },
    { signal: end, graceMs: 500, ...(onLine === undefined ? {} : { onLine }) },
  )

test('its code, its output, the lines of both outputs, and the variables that it is given only', async () => {
  const lines: string[] = []
  const result = await shell('echo "$MARK$HOME"; echo two >&2; printf "a\\r\\nlast"; exit 3', signal, (line) =>
    lines.push(line),
  )
  expect(result).toEqual({ code: 3, output: 'here\na\nlast' })
  expect(lines.toSorted()).toEqual(['a', 'here', 'last', 'two'])
  expect(await shell('kill -KILL $$')).toEqual({ code: null, output: '' })
})

test('of a long output the end is kept, and every line is told', async () => {
  let count = 0
  const { output } = await shell('seq 1 20000', signal, () => void count++)
  expect(count).toBe(20_000)
  expect(output.split('\n')).toEqual(Array.from({ length: 500 }, (_, index) => String(19_501 + index)))
})

test('a program that is not there', async () => {
  const call = { program: '/no/such', args: [], environment: {} }
  await expect(runProgram(call, { signal })).rejects.toMatchObject({ code: 'ENOENT' })
})

test('what it leaves behind may hold its outputs', async () => {
  const begun = performance.now()
  expect(await shell('sleep 9 & echo "$!"')).toMatchObject({ code: 0, output: expect.stringMatching(/^\d+$/u) })
  expect(performance.now() - begun).toBeLessThan(4_000)
})

test('an abort ends it, and one that does not listen is killed', async () => {
  const reason = new Error('enough')
  await expect(shell('true', AbortSignal.abort(reason))).rejects.toBe(reason)
  const told: string[] = []
  const stop = (script: string): Promise<ProgramResult> => {
    const ending = new AbortController()
    return shell(script, ending.signal, (line) => {
      told.push(line)
      if (line === 'begun') ending.abort(reason)
    })
  }
  await expect(stop('trap "echo ending; exit 0" TERM; echo begun; while :; do sleep 0.05; done')).rejects.toBe(reason)
  expect(told).toEqual(['begun', 'ending'])
  const begun = performance.now()
  // The child of the shell holds the pipes on, as a plugin of a client does.
  await expect(stop('trap "" TERM; sleep 9 & echo begun; wait; sleep 9')).rejects.toBe(reason)
  expect(performance.now() - begun).toBeLessThan(4_000)
})
