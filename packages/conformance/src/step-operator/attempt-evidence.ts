import type { ArtifactStore, CreateRecord, LogLine, ResultManifest } from '@sidestep/core'

import { BEGAN } from '../steps/began.ts'

/** What one start of a job's process left. */
export interface Incarnation {
  /** From 1. */
  readonly n: number
  /** Of its log, oldest first. */
  readonly lines: readonly LogLine[]
  /** Whether it has ended because it was told to stop. */
  readonly interrupted: boolean
}

/** What an attempt left in the artifact store, read from its objects themselves. */
export interface AttemptEvidence {
  readonly stepName: string
  readonly stepRunId: string
  /** From 1. */
  readonly attempt: number
  /** `intent.json`: the prepared request. */
  readonly intent?: Readonly<Record<string, unknown>>
  /** `creates/<n>.json`, oldest first. */
  readonly creates: readonly CreateRecord[]
  /** `handle.json`. */
  readonly handle?: Readonly<Record<string, unknown>>
  /** `owner.json`: the job that has taken the attempt, or why none may any more. */
  readonly owner?: { readonly nonce: string } | { readonly closed: string }
  /** `result.json`: the one decision. */
  readonly result?: ResultManifest
  /** Each start of the job's process. */
  readonly incarnations: readonly Incarnation[]
  /** How often user code began, by its own word. */
  readonly began: number
}

/** The objects of an attempt by what comes after its prefix. */
interface AttemptObjects {
  readonly stepRunId: string
  readonly attempt: number
  readonly keys: Map<string, string>
}

/** What the attempts of a run left, sorted by step run and number. `step`: only those of the step of this name. */
export async function readAttempts(
  runId: string,
  { store, step }: { readonly store: ArtifactStore; readonly step?: { readonly stepName: string } },
): Promise<readonly AttemptEvidence[]> {
  const found = new Map<string, AttemptObjects>()
  const prefix = `runs/${runId}/`
  for await (const { key } of store.list(prefix)) {
    const [, stepRunId = '', number = '', rest = ''] = /^([^/]+)\/(\d+)\/(.+)$/.exec(key.slice(prefix.length)) ?? []
    if (rest === '') continue
    const name = `${stepRunId}/${number}`
    const attempt = found.get(name) ?? { stepRunId, attempt: Number(number), keys: new Map<string, string>() }
    attempt.keys.set(rest, key)
    found.set(name, attempt)
  }
  const attempts = await Promise.all([...found.values()].map(async (objects) => readAttempt(objects, store)))
  return attempts
    .filter(({ stepName }) => step === undefined || stepName === step.stepName)
    .toSorted((a, b) => (a.stepRunId === b.stepRunId ? a.attempt - b.attempt : a.stepRunId < b.stepRunId ? -1 : 1))
}

async function readAttempt(
  { stepRunId, attempt, keys }: AttemptObjects,
  store: ArtifactStore,
): Promise<AttemptEvidence> {
  const read = async (name: string): Promise<unknown> => {
    const key = keys.get(name)
    return key === undefined ? undefined : JSON.parse(await textOf(key, store))
  }
  const [spec, intent, handle, owner, result] = await Promise.all(
    ['spec.json', 'intent.json', 'handle.json', 'owner.json', 'result.json'].map(read),
  )
  const creates = await Promise.all(numbered(keys, /^creates\/(\d+)\.json$/).map(async ({ name }) => read(name)))
  const incarnations = await Promise.all(
    numbered(keys, /^incarnation-(\d+)\.json$/).map(async ({ n }) => ({
      n,
      lines: await linesOf(n, { keys, store }),
      interrupted: keys.has(`${n}/interrupted.json`),
    })),
  )
  const optional = { intent, handle, owner, result }
  return {
    stepRunId,
    attempt,
    stepName: (spec as { readonly stepName?: string } | undefined)?.stepName ?? '',
    creates: creates as readonly CreateRecord[],
    incarnations,
    began: incarnations.flatMap(({ lines }) => lines.filter(({ text }) => text === BEGAN)).length,
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as object),
  }
}

async function linesOf(
  incarnation: number,
  { keys, store }: { readonly keys: ReadonlyMap<string, string>; readonly store: ArtifactStore },
): Promise<readonly LogLine[]> {
  const chunks = numbered(keys, new RegExp(`^${incarnation}/logs/(\\d+)\\.jsonl$`))
  const texts = await Promise.all(chunks.map(async ({ key }) => textOf(key, store)))
  return texts.flatMap((text) => text.split('\n').flatMap((json) => (json === '' ? [] : [JSON.parse(json) as LogLine])))
}

/** The objects whose names fit a pattern with one number, by that number. */
function numbered(
  keys: ReadonlyMap<string, string>,
  pattern: RegExp,
): readonly { readonly n: number; readonly name: string; readonly key: string }[] {
  return [...keys]
    .flatMap(([name, key]) => {
      const n = pattern.exec(name)?.[1]
      return n === undefined ? [] : [{ n: Number(n), name, key }]
    })
    .toSorted((a, b) => a.n - b.n)
}

async function textOf(key: string, store: ArtifactStore): Promise<string> {
  const bytes = await store.get(key)
  if (bytes === undefined) throw new Error(`${store.uri}/${key} was listed, and is not there`)
  return Buffer.from(bytes).toString('utf8')
}
