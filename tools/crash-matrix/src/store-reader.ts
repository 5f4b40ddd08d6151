import type { ArtifactStore } from '@sidestep/core'

/** A result manifest, as far as it is looked at. */
export interface Result {
  readonly status: 'succeeded' | 'failed'
  readonly finishedAt: string
  readonly nonce?: string
  readonly incarnation?: number
  readonly kind?: string
  readonly settledBy?: string
  readonly reason?: string
  readonly outputs?: Readonly<Record<string, StoredObject>>
  readonly logs?: { readonly chunks: number; readonly lines: number }
}

interface StoredObject {
  readonly key: string
  readonly sha256: string
  readonly size: number
}

/** One attempt, by the objects of the store. */
export interface StoredAttempt {
  readonly stepRunId: string
  readonly attempt: number
  /** Keys below the attempt. */
  readonly keys: readonly string[]
  readonly result?: Result
}

/** All attempts of a run, in order. */
export async function readAttempts(store: ArtifactStore, runId: string): Promise<readonly StoredAttempt[]> {
  const byAttempt = new Map<string, string[]>()
  const prefix = `runs/${runId}/`
  for await (const { key } of store.list(prefix)) {
    const [stepRunId = '', attempt = '', ...rest] = key.slice(prefix.length).split('/')
    if (rest.length === 0 || !/-[0-9a-f]{16}$/.test(stepRunId)) continue
    const name = `${stepRunId}/${attempt}`
    byAttempt.set(name, [...(byAttempt.get(name) ?? []), rest.join('/')])
  }
  const attempts = [...byAttempt].map(async ([name, keys]): Promise<StoredAttempt> => {
    const [stepRunId = '', attempt] = name.split('/')
    const result = await readJson<Result>(store, `${prefix}${name}/result.json`)
    return { stepRunId, attempt: Number(attempt), keys, ...(result === undefined ? {} : { result }) }
  })
  return (await Promise.all(attempts)).toSorted(
    (a, b) => a.stepRunId.localeCompare(b.stepRunId) || a.attempt - b.attempt,
  )
}

export async function readJson<T>(store: ArtifactStore, key: string): Promise<T | undefined> {
  const bytes = await store.get(key)
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as T)
}

/** Names of steps end before the digest: `slow-run-0123456789abcdef`. */
export function stepNameOf(stepRunId: string): string {
  return stepRunId.slice(0, stepRunId.lastIndexOf('-'))
}
