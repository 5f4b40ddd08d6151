import { note, passGate } from './evidence.ts'
import { lineOf } from './numbers.ts'

export interface Talk {
  readonly folder: string
  readonly lines: number
  readonly signal?: AbortSignal
}

/** What user code of every job does around its work: says that it runs, prints its lines, and waits at its gate. */
export async function talk<T>(step: string, { folder, lines, signal }: Talk, work: () => T): Promise<T> {
  note(folder, 'start', step)
  const half = Math.ceil(lines / 2)
  for (let n = 1; n <= half; n += 1) console.log(lineOf(step, n))
  await passGate(folder, step, signal)
  for (let n = half + 1; n <= lines; n += 1) console.log(lineOf(step, n))
  const result = work()
  note(folder, 'end', step)
  return result
}
