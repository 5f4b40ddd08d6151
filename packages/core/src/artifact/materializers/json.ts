import type { Materialized, SaveContext, ValueFormat, ValueReader } from '../materializer.ts'
import { withinTextLimits } from '../value-error.ts'

/**
 * What JSON gives back exactly, as plain JSON that other languages can read; the order of keys is kept. Where JSON
 * would change anything (undefined, NaN, -0, holes, dates, one object at two places, …) the value is `rich` instead.
 */
export const json: ValueFormat = {
  name: 'json',

  async save(value: unknown, { name }: SaveContext): Promise<Materialized> {
    return { body: Buffer.from(withinTextLimits(name, () => JSON.stringify(value))) }
  },

  async load(read: ValueReader): Promise<unknown> {
    return JSON.parse(new TextDecoder().decode(await read.bytes())) as unknown
  },
}
