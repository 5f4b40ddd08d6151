import { configError } from './errors.ts'

/** `'30m'`, `'2h'`, or milliseconds. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}` | number
/** `'32GiB'` is binary, `'32GB'` decimal. */
export type Memory = `${number}${'MB' | 'MiB' | 'GB' | 'GiB' | 'TB' | 'TiB'}`

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const BYTES: Readonly<Record<string, number>> = {
  MB: 1e6,
  MiB: 2 ** 20,
  GB: 1e9,
  GiB: 2 ** 30,
  TB: 1e12,
  TiB: 2 ** 40,
}

/** Milliseconds, a positive whole number. `name` is what the error calls the value: `timeouts.run`. */
export function parseDuration(duration: Duration, name = 'duration'): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? []
  const milliseconds =
    typeof duration === 'number' ? duration : Number(amount) * (MILLISECONDS[unit ?? ''] ?? Number.NaN)
  if (!Number.isFinite(milliseconds) || milliseconds <= 0) {
    throw configError(
      'CONFIG_INVALID',
      `${name} is ${JSON.stringify(duration)}, which is not a duration`,
      `Write a positive number with a unit, such as '90s', '30m' or '2h', or milliseconds as a number.`,
    )
  }
  return Math.ceil(milliseconds)
}

/** Bytes, a positive whole number. `name` is what the error calls the value: `resources.memory`. */
export function parseMemory(memory: Memory, name = 'memory'): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([MGT]i?B)$/.exec(memory) ?? []
  const bytes = Math.floor(Number(amount) * (BYTES[unit ?? ''] ?? Number.NaN))
  if (!Number.isFinite(bytes) || bytes <= 0) {
    throw configError(
      'CONFIG_INVALID',
      `${name} is ${JSON.stringify(memory)}, which is not an amount of memory`,
      `Write a positive number with a unit: '512MiB' and '32GiB' are binary, '32GB' is decimal.`,
    )
  }
  return bytes
}

/** For people: `850ms`, `4.2s`, `3m 05s`, `2h 10m`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)}ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)}s`
  const seconds = Math.round(milliseconds / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}

/** For people, in binary units: `512 B`, `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let power = 0
  let amount = bytes
  // By the rounded amount: 1023.96 KiB is shown as 1 MiB.
  while (oneDecimal(amount) >= 1024 && power < units.length - 1) {
    power += 1
    amount /= 1024
  }
  return `${oneDecimal(amount)} ${units[power]}`
}

function oneDecimal(amount: number): number {
  return Math.round(amount * 10) / 10
}
