import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeJson } from '../artifact/json-object.ts'
import type { AttemptKey } from '../artifact/layout.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import { SidestepError } from '../errors.ts'
import type { StoredKind } from '../step/definition.ts'

/** `spec.json`: all that a job needs to know. Plain JSON without secrets. */
export interface JobSpec extends AttemptKey {
  readonly version: 1
  readonly pipeline: string
  readonly stepName: string
  /** Of the step operator in the stack, for whoever takes the run in on another machine. */
  readonly operator: string
  /** What the file that is being run must hash to. */
  readonly bundleSha256: string
  /** Of an operator that runs images: the one that the attempt was prepared with, and how a command begins in it. */
  readonly image?: { readonly image: string; readonly command: readonly string[] }
  readonly body: FunctionBody | CommandBody
  readonly environment: Readonly<Record<string, string>>
  /** References that the job resolves itself, by variable. */
  readonly secrets: Readonly<Record<string, string>>
  /** Variables whose secret values the launcher handed on; only needed to keep them out of the logs. */
  readonly handedSecrets: readonly string[]
  /** Between SIGTERM and SIGKILL for the step's process, in milliseconds. */
  readonly graceMs: number
  /** How long a call of the artifact store that gets no answer is tried again, in milliseconds. Default: 15 minutes. */
  readonly storePatienceMs?: number
  /** What the step asked for, in bytes: a function step's heap may grow that far. */
  readonly memoryBytes?: number
}

export interface FunctionBody {
  readonly kind: 'function'
  /** Absent where the input is `undefined`. */
  readonly input?: StoredValue
}

export interface CommandBody {
  readonly kind: 'command'
  readonly command: readonly string[]
  /** A tar archive in the store that is unpacked into the working directory. */
  readonly files?: { readonly key: string; readonly sha256: string }
  readonly inputs: Readonly<Record<string, { readonly name: string; readonly stored: StoredValue }>>
  readonly outputs: Readonly<Record<string, { readonly name: string; readonly kind: StoredKind }>>
}

/** Variables that a job's process is started with, beside the step's own. */
export const JOB_VARIABLES = {
  /** JSON of the artifact store's `jobConfig`. */
  store: 'SIDESTEP_STORE',
  /** Flavor of the step operator, whose runtime module the bundle has. */
  stepOperator: 'SIDESTEP_STEP_OPERATOR',
  /** Of the create call that made this job. */
  nonce: 'SIDESTEP_NONCE',
  /** Number of a file descriptor: when it closes, the job ends its process group. */
  parentFd: 'SIDESTEP_PARENT_FD',
  /** `1` where whoever stops the job signals its whole process group, so that a child hears it without the entrypoint. */
  signalsGroup: 'SIDESTEP_SIGNALS_GROUP',
} as const

export async function readSpec(store: ArtifactStore, uri: string): Promise<JobSpec> {
  const key = uri.slice(store.uri.length + 1)
  const bytes = uri.startsWith(`${store.uri}/`) ? await store.get(key) : undefined
  if (bytes === undefined) {
    throw new SidestepError(`there is no ${uri} in the artifact store ${store.uri}`, {
      code: 'ARTIFACT_MISSING',
      kind: 'infra',
    })
  }
  return decodeJson(bytes, uri) as JobSpec
}
