import type { Materialized, SaveContext, ValueFormat, ValueReader } from '../materializer.ts'
import { fromRichText, richText } from '../rich-text.ts'
import { withinTextLimits } from '../value-error.ts'

/**
 * Data beyond JSON, in devalue's format: undefined, NaN, -0, holes, bigint, Date, Map, Set, RegExp, URL, typed arrays,
 * errors, Temporal, cycles and shared objects, in any nesting.
 */
export const rich: ValueFormat = {
  name: 'rich',

  async save(value: unknown, { name }: SaveContext): Promise<Materialized> {
    return { body: Buffer.from(withinTextLimits(name, () => richText(value))) }
  },

  async load(read: ValueReader): Promise<unknown> {
    return fromRichText(JSON.parse(new TextDecoder().decode(await read.bytes())))
  },
}
