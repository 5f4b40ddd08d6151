import { SidestepError } from '../../errors.ts'
import { isArtifact } from '../artifact-reference.ts'
import { concurrently } from '../concurrently.ts'
import { contentDigest, STRUCTURE } from '../content-digest.ts'
import { decodeJson } from '../json-object.ts'
import type { LoadContext, Materialized, SaveContext, ValueFormat, ValueReader } from '../materializer.ts'
import { fromRichText, richText } from '../rich-text.ts'
import type { StoredValue } from '../stored-value.ts'
import { survey, type Inner } from '../survey.ts'
import { withinTextLimits } from '../value-error.ts'

const AT_ONCE = 8

/** Beside the bytes: where the inner values lie. */
interface StructureMeta {
  readonly inner: readonly StoredValue[]
}

/**
 * A value with values inside that are stored on their own: artifacts, files, folders, long arrays, instances with a
 * materializer. The bytes hold the rest, and the digest of each inner value; where those lie is in the `meta`. So the
 * same content has the same hash wherever its parts are.
 */
export const structure: ValueFormat = {
  name: STRUCTURE,

  async save(value: unknown, context: SaveContext): Promise<Materialized> {
    const { inner, numbers } = number(survey(value, context.name).inner)
    const text = withinTextLimits(context.name, () => richText(value, numbers))
    const stored = await concurrently(inner, AT_ONCE, async (each, index) =>
      context.saveInner(each.value, index, each.path),
    )
    const digests = JSON.stringify(stored.map(contentDigest))
    const meta: StructureMeta = { inner: stored }
    return { body: Buffer.from(`{"version":1,"inner":${digests},"value":${text}}\n`), meta }
  },

  async load(
    read: ValueReader,
    meta: unknown,
    { stored: { key }, storeUri, loadInner }: LoadContext,
  ): Promise<unknown> {
    const { inner } = meta as StructureMeta
    const uri = `${storeUri}/${key}`
    const { inner: digests, value } = decodeJson(await read.bytes(), uri) as {
      inner: readonly string[]
      value: unknown
    }
    if (digests.length !== inner.length || inner.some((stored, index) => contentDigest(stored) !== digests[index])) {
      throw new SidestepError(`the parts of ${uri} are not the ones that it was stored with`, {
        code: 'ARTIFACT_CORRUPT',
        kind: 'infra',
        hint: 'The record of the value was changed after it was written. Start a new run, which computes it again.',
      })
    }
    return fromRichText(value, await concurrently(inner, AT_ONCE, loadInner))
  },
}

/** Two artifacts of one stored value are one inner value. */
function number(met: readonly Inner[]): { inner: readonly Inner[]; numbers: ReadonlyMap<object, number> } {
  const inner: Inner[] = []
  const numbers = new Map<object, number>()
  const numberOfKey = new Map<string, number>()
  for (const each of met) {
    const uri = isArtifact(each.value) ? each.value.uri : undefined
    const known = uri === undefined ? undefined : numberOfKey.get(uri)
    numbers.set(each.value, known ?? inner.length)
    if (known !== undefined) continue
    if (uri !== undefined) numberOfKey.set(uri, inner.length)
    inner.push(each)
  }
  return { inner, numbers }
}
