import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { concurrently } from '../artifact/concurrently.ts'
import { STRUCTURE } from '../artifact/content-digest.ts'
import { decodeJson, encodeJson } from '../artifact/json-object.ts'
import { cacheKey, partKey } from '../artifact/layout.ts'
import { persist } from '../artifact/persist.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import { fingerprint, sha256 } from '../canonical.ts'
import { SidestepError } from '../errors.ts'
import type { StepDefinition } from '../step/definition.ts'
import type { ResolvedStepConfig } from '../step/resolve-config.ts'

/** Everything that can change what a step computes. */
export interface CacheKeyParts {
  readonly definition: StepDefinition
  readonly config: ResolvedStepConfig
  /** Path and sha256 of every module that the step's file reaches. */
  readonly sources: readonly (readonly [path: string, sha256: string])[]
  /** Of the requirements, where there are any. */
  readonly lockSha256: string | undefined
  /** Of the image, where there is one: its base, and what else it has beside the bundle. */
  readonly imageKey?: string | undefined
  /** Of a command step's files. */
  readonly filesSha256: string | undefined
  readonly inputDigest: string
}

/** What a step left, by name. */
export type CachedOutputs = Readonly<Record<string, StoredValue>>

interface CacheRecord {
  readonly version: 1
  readonly outputs: CachedOutputs
  /** Of values that are stored as several objects, by key: what is below it. */
  readonly parts: Readonly<Record<string, string>>
}

/** Where results are cached. */
export interface CachePlace {
  readonly store: ArtifactStore
  readonly signal: AbortSignal
}

const AT_ONCE = 8

export function cacheKeyOf({
  definition,
  config,
  sources,
  lockSha256,
  imageKey,
  filesSha256,
  inputDigest,
}: CacheKeyParts): string {
  const { docker, environment, secrets, settings, cache } = config
  const command =
    definition.kind === 'command'
      ? { command: definition.command, inputs: definition.inputs, outputs: definition.outputs }
      : {}
  return fingerprint({
    step: definition.name,
    ...command,
    sources,
    lock: lockSha256 ?? null,
    ...(imageKey === undefined ? {} : { image: imageKey }),
    files: filesSha256 ?? null,
    config: { docker, environment, secrets, settings, version: cache?.version ?? '' },
    input: inputDigest,
  })
}

/**
 * Outputs of an earlier run, all of whose objects are still there. Rejects where the store gives no answer, or the record
 * is damaged.
 */
export async function readCache(key: string, place: CachePlace): Promise<CachedOutputs | undefined> {
  const { store, signal } = place
  const bytes = await store.get(cacheKey(key), { signal })
  if (bytes === undefined) return undefined
  const where = `${store.uri}/${cacheKey(key)}`
  const { outputs, parts } = decodeJson(bytes, where) as Partial<CacheRecord>
  if (!isRecord(outputs) || !isRecord(parts)) throw damaged(where)
  const found = await concurrently([...storedIn(outputs, where)], AT_ONCE, async (stored) => {
    if ((await store.stat(stored.key, { signal }))?.size !== stored.size) return false
    return parts[stored.key] === undefined || parts[stored.key] === (await partsOf(stored, place))
  })
  return found.every(Boolean) ? outputs : undefined
}

/** Rejects where the store gives no answer. */
export async function writeCache(key: string, outputs: CachedOutputs, place: CachePlace): Promise<void> {
  const { store, signal } = place
  const values = [...storedIn(outputs, 'the step')]
  const parts = await concurrently(
    values,
    AT_ONCE,
    async (stored) => [stored.key, await partsOf(stored, place)] as const,
  )
  const record: CacheRecord = {
    version: 1,
    outputs,
    parts: Object.fromEntries(parts.flatMap(([at, digest]) => (digest === undefined ? [] : [[at, digest]]))),
  }
  await store.put(cacheKey(key), encodeJson(record), { signal })
}

/** The values themselves, and those that they refer to, wherever these lie. */
function* storedIn(values: Readonly<Record<string, unknown>>, where: string): Generator<StoredValue> {
  for (const value of Object.values(values)) {
    if (!isStoredValue(value)) throw damaged(where)
    yield value
    const inner = value.materializer === STRUCTURE && isRecord(value.meta) ? value.meta['inner'] : undefined
    if (isRecord(inner)) yield* storedIn(inner, where)
  }
}

/**
 * A digest of the names and sizes of all objects that a value is stored as beside its own; `undefined` where there are
 * none. Only its materializer knows which those must be, so what was there when it was cached is compared.
 */
async function partsOf({ key }: StoredValue, { store, signal }: CachePlace): Promise<string | undefined> {
  const lines = await persist(
    async () => {
      const found: string[] = []
      for await (const part of store.list(partKey(key, ''), { signal })) found.push(`${part.size} ${part.key}`)
      return found
    },
    { signal },
  )
  return lines.length === 0 ? undefined : sha256(lines.toSorted().join('\n'))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isStoredValue(value: unknown): value is StoredValue {
  if (!isRecord(value)) return false
  const { key, sha256: hash, size, materializer } = value
  return [key, hash, materializer].every((text) => typeof text === 'string') && typeof size === 'number'
}

function damaged(where: string): SidestepError {
  return new SidestepError(`${where} is no record of a cached result that this version of Sidestep can read`, {
    code: 'ARTIFACT_CORRUPT',
    kind: 'infra',
  })
}
