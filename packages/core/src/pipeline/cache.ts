import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeJson, encodeJson } from '../artifact/json-object.ts'
import { cacheKey } from '../artifact/layout.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import { fingerprint } from '../canonical.ts'
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
  /** Of a command step's files. */
  readonly filesSha256: string | undefined
  readonly inputDigest: string
}

interface CacheRecord {
  readonly version: 1
  readonly outputs: Readonly<Record<string, StoredValue>>
}

export function cacheKeyOf({
  definition,
  config,
  sources,
  lockSha256,
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
    files: filesSha256 ?? null,
    config: { docker, environment, secrets, settings, version: cache?.version ?? '' },
    input: inputDigest,
  })
}

/** Outputs of an earlier run, all of whose objects are still there. */
export async function readCache(key: string, store: ArtifactStore): Promise<CacheRecord['outputs'] | undefined> {
  const bytes = await store.get(cacheKey(key))
  if (bytes === undefined) return undefined
  const { outputs } = decodeJson(bytes, `${store.uri}/${cacheKey(key)}`) as CacheRecord
  const found = await Promise.all(Object.values(outputs).map((output) => store.stat(output.key)))
  return found.every((object) => object !== undefined) ? outputs : undefined
}

export async function writeCache(key: string, outputs: CacheRecord['outputs'], store: ArtifactStore): Promise<void> {
  const record: CacheRecord = { version: 1, outputs }
  await store.put(cacheKey(key), encodeJson(record))
}
