import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { formatBytes, formatDuration, parseDuration, parseMemory, type Duration, type Memory } from '../src/units.ts'
import { thrownBy } from './support/values.ts'

describe('durations', () => {
  test.each<[Duration, number]>([
    ['1ms', 1],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1.5h', 5_400_000],
    ['0.1ms', 1],
    [250, 250],
    [0.5, 1],
  ])('%j is %d ms', (duration, milliseconds) => {
    expect(parseDuration(duration)).toBe(milliseconds)
  })

  test.each([
    '',
    '5',
    's',
    '-1s',
    '+1s',
    '1 s',
    ' 1s',
    '1s ',
    '0s',
    '1e3s',
    '1sec',
    '1S',
    '1.s',
    '.5s',
    '١s',
    NaN,
    Infinity,
    0,
    -1,
    null,
    undefined,
    {},
  ])('%j is not a duration', (duration) => {
    const error = thrownBy(() => parseDuration(duration as Duration, 'timeouts.run'))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
    expect(error.message).toMatch(/^timeouts\.run is .*, which is not a duration$/)
    expect(error.hint).toContain("'30m'")
  })

  test('every unit scales, and the result is a positive whole number', () => {
    const scale = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.constantFrom(...Object.entries(scale)),
        (amount, [unit, factor]) => {
          expect(parseDuration(`${amount}${unit}` as Duration)).toBe(amount * factor)
        },
      ),
    )
  })
})

describe('memory', () => {
  test.each<[Memory, number]>([
    ['512MiB', 536_870_912],
    ['32GiB', 34_359_738_368],
    ['32GB', 32_000_000_000],
    ['1.5GiB', 1_610_612_736],
    ['2TiB', 2_199_023_255_552],
    ['1TB', 1_000_000_000_000],
    ['1MB', 1_000_000],
  ])('%s is %d bytes', (memory, bytes) => {
    expect(parseMemory(memory)).toBe(bytes)
  })

  test.each([
    '',
    '32',
    'GiB',
    '32gib',
    '32 GiB',
    '-1GiB',
    '0GiB',
    '0.0000001MB',
    '32G',
    '32KiB',
    '1e3MB',
    32,
    null,
    undefined,
  ])('%j is not an amount of memory', (memory) => {
    const error = thrownBy(() => parseMemory(memory as Memory, 'resources.memory'))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
    expect(error.message).toMatch(/^resources\.memory is .*, which is not an amount of memory$/)
  })

  test('what is shown is what was given, where it is a whole number of units', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_023 }), fc.constantFrom('MiB', 'GiB', 'TiB'), (amount, unit) => {
        expect(formatBytes(parseMemory(`${amount}${unit}` as Memory))).toBe(`${amount} ${unit}`)
      }),
    )
  })
})

describe('for people', () => {
  test.each([
    [0, '0ms'],
    [850.4, '850ms'],
    [999.4, '999ms'],
    [999.6, '1.0s'],
    [1_000, '1.0s'],
    [4_249, '4.2s'],
    [59_949, '59.9s'],
    [59_950, '1m 00s'],
    [185_000, '3m 05s'],
    [3_599_400, '59m 59s'],
    [3_599_600, '1h 00m'],
    [7_800_000, '2h 10m'],
    [200_000_000, '55h 33m'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text)
  })

  test.each([
    [0, '0 B'],
    [1, '1 B'],
    [512, '512 B'],
    [1_023, '1023 B'],
    [1_024, '1 KiB'],
    [1_536, '1.5 KiB'],
    [1_048_575, '1 MiB'],
    [1_572_864, '1.5 MiB'],
    [2 ** 40, '1 TiB'],
    [2 ** 51, '2048 TiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  test('no size is shown as more than 1023 of a unit that has a next one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 49 }), (bytes) => {
        const amount = Number.parseFloat(formatBytes(bytes))
        expect(amount).toBeLessThan(1_024)
        expect(amount).toBeGreaterThanOrEqual(1)
      }),
      { examples: [[2 ** 20 - 1], [2 ** 30 - 1], [2 ** 40 - 1]] },
    )
  })

  test('longer durations are never shown shorter: seconds up to a minute', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (milliseconds) => {
        expect(formatDuration(milliseconds)).toMatch(/^(\d{1,3}ms|[1-5]?\d\.\ds|[1-5]?\dm [0-5]\ds|\d+h [0-5]\dm)$/)
      }),
      { examples: [[999], [59_949], [59_950], [3_599_499], [3_599_500]] },
    )
  })
})
