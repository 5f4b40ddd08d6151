import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { concurrently } from '../artifact/concurrently.ts'
import { codeKey, runKey, type AttemptKey } from '../artifact/layout.ts'
import type { ResultManifest } from '../artifact/manifest.ts'
import { SidestepError } from '../errors.ts'
import type { CreateRecord } from '../journal/attempt-record.ts'
import type { LauncherRecord, RunCode, RunEnd, RunRecord } from '../journal/run-record.ts'
import { decodeRunObject, type RunObjectKind } from './run-object-schemas.ts'
import { noSuchRun } from './store-of-uri.ts'

const AT_ONCE = 16

/** What an artifact store has of one attempt. */
export interface StoredAttempt {
  readonly key: AttemptKey
  /** Absent where its spec was never written. */
  readonly stepName?: string
  /** Its name in the stack, where the spec says it. */
  readonly operator?: string
  /** True for a step that ran in the launcher's process. */
  readonly inProcess: boolean
  /** Of an operator that runs images: the one that it was prepared with. */
  readonly image?: string
  readonly intent?: object
  readonly creates: readonly CreateRecord[]
  readonly handle?: object
  readonly result?: ResultManifest
}

/** A whole run as its artifact store has it, without values and logs. */
export interface RunTree {
  readonly record: RunRecord
  readonly code?: RunCode
  /** Oldest first. */
  readonly launchers: readonly LauncherRecord[]
  /** Oldest first. */
  readonly ends: readonly RunEnd[]
  /** By step run, then by number. */
  readonly attempts: readonly StoredAttempt[]
}

/**
 * Reads a run from its store: one listing, then its small objects. Rejects with `RUN_UNKNOWN` where there is none, and
 * with `ARTIFACT_CORRUPT` naming the object where one is not what belongs there.
 */
export async function readRunTree(
  runId: string,
  store: ArtifactStore,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<RunTree> {
  const call = signal === undefined ? {} : { signal }
  const places: Place[] = []
  for await (const { key } of store.list(`runs/${runId}/`, call)) {
    const place = placeOf(runId, key)
    if (place !== undefined) places.push(place)
  }
  if (!places.some(({ kind }) => kind === 'run')) {
    throw noSuchRun(store.uri, runId)
  }
  const read = await concurrently(places, AT_ONCE, async (place) => {
    const bytes = await store.get(place.key, call)
    // Deleted since it was listed: somebody removes the run.
    if (bytes === undefined) return undefined
    return { ...place, value: decodeRunObject(place.kind, bytes, `${store.uri}/${place.key}`) }
  })
  return assemble(
    runId,
    store,
    read.filter((object) => object !== undefined),
  )
}

/** Where an object lies in a run, and so what it is. */
interface Place {
  readonly key: string
  readonly kind: RunObjectKind
  readonly attempt?: AttemptKey
  readonly n?: number
}

type ReadObject = Place & { readonly value: object }

const OF_ATTEMPT: Readonly<Record<string, RunObjectKind>> = {
  'spec.json': 'spec',
  'intent.json': 'intent',
  'handle.json': 'handle',
  'result.json': 'result',
}

/** Values, logs, signs of life and what is not known here are `undefined`. */
function placeOf(runId: string, key: string): Place | undefined {
  if (key === runKey(runId)) return { key, kind: 'run' }
  if (key === codeKey(runId)) return { key, kind: 'code' }
  const [first = '', second = '', ...rest] = key.slice(`runs/${runId}/`.length).split('/')
  const numbered = /^(\d+)\.json$/.exec(second)?.[1]
  if (rest.length === 0) {
    if (numbered === undefined) return undefined
    if (first === 'launchers') return { key, kind: 'launcher', n: Number(numbered) }
    return first === 'ends' ? { key, kind: 'end', n: Number(numbered) } : undefined
  }
  if (!/^\d+$/.test(second) || first === 'inputs') return undefined
  const attempt = { runId, stepRunId: first, attempt: Number(second) }
  const [file = '', create = ''] = rest
  const kind = rest.length === 1 ? OF_ATTEMPT[file] : undefined
  if (kind !== undefined) return { key, kind, attempt }
  const n = file === 'creates' && rest.length === 2 ? /^(\d+)\.json$/.exec(create)?.[1] : undefined
  return n === undefined ? undefined : { key, kind: 'create', attempt, n: Number(n) }
}

function assemble(runId: string, store: ArtifactStore, objects: readonly ReadObject[]): RunTree {
  const one = (kind: RunObjectKind): object | undefined => objects.find((object) => object.kind === kind)?.value
  const record = one('run') as RunRecord
  if (record.runId !== runId) {
    throw new SidestepError(`${store.uri}/${runKey(runId)} is the record of another run: ${record.runId}`, {
      code: 'ARTIFACT_CORRUPT',
      kind: 'infra',
      hint: 'A run cannot be moved to another id. Give the uri that it was written to.',
    })
  }
  const numbered = (kind: RunObjectKind): readonly object[] =>
    objects
      .filter((object) => object.kind === kind)
      .toSorted((a, b) => (a.n ?? 0) - (b.n ?? 0))
      .map(({ value }) => value)
  const code = one('code') as RunCode | undefined
  return {
    record,
    ...(code === undefined ? {} : { code }),
    launchers: numbered('launcher') as readonly LauncherRecord[],
    ends: numbered('end') as readonly RunEnd[],
    attempts: attemptsOf(objects),
  }
}

function attemptsOf(objects: readonly ReadObject[]): readonly StoredAttempt[] {
  const groups = Map.groupBy(
    objects.filter(({ attempt }) => attempt !== undefined),
    ({ attempt }) => `${attempt?.stepRunId}/${attempt?.attempt}`,
  )
  return [...groups.values()]
    .map(attemptOf)
    .toSorted((a, b) => compare(a.key.stepRunId, b.key.stepRunId) || a.key.attempt - b.key.attempt)
}

function attemptOf(objects: readonly ReadObject[]): StoredAttempt {
  const one = (kind: RunObjectKind): object | undefined => objects.find((object) => object.kind === kind)?.value
  const spec = one('spec') as
    | { stepName: string; operator?: unknown; inProcess?: unknown; image?: { readonly image?: unknown } }
    | undefined
  const image = spec?.image?.image
  const intent = one('intent')
  const handle = one('handle')
  const result = one('result') as ResultManifest | undefined
  return {
    key: (objects[0] as ReadObject).attempt as AttemptKey,
    ...(spec === undefined ? {} : { stepName: spec.stepName }),
    ...(typeof spec?.operator === 'string' ? { operator: spec.operator } : {}),
    inProcess: spec?.inProcess === true,
    ...(typeof image === 'string' ? { image } : {}),
    ...(intent === undefined ? {} : { intent }),
    creates: objects
      .filter(({ kind }) => kind === 'create')
      .toSorted((a, b) => (a.n ?? 0) - (b.n ?? 0))
      .map(({ value }) => value as CreateRecord),
    ...(handle === undefined ? {} : { handle }),
    ...(result === undefined ? {} : { result }),
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
