import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { encodeInput } from '../../src/artifact/encode-input.ts'
import { encodeJson } from '../../src/artifact/json-object.ts'
import { inputKey, specKey, type AttemptKey } from '../../src/artifact/layout.ts'
import type { ResultManifest } from '../../src/artifact/manifest.ts'
import { bundleModule } from '../../src/bundle/bundle-module.ts'
import type { JobSpec } from '../../src/entrypoint/job-spec.ts'
import { readResult } from '../../src/entrypoint/ownership.ts'
import { FolderStore } from '../support/folder-store.ts'

const fixture = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** One attempt, whose job can be started any number of times. */
export interface Job {
  readonly key: AttemptKey
  /** Gets a line for every start of user code. */
  readonly trace: string
  /** What a gated step waits for. */
  readonly gate: string
  /** Of the bundle. */
  readonly args: readonly string[]
  start(nonce: string, options?: StartOptions): ChildProcess
  /** How often user code was started. */
  starts(): Promise<number>
  result(): Promise<ResultManifest | undefined>
}

export interface StartOptions {
  readonly environment?: NodeJS.ProcessEnv
  /** As a supervisor starts it: the leader of a process group, with a pipe that closes with the supervisor. */
  readonly supervised?: boolean
}

/** Real jobs of the steps in `fixtures/`, in a folder of their own. */
export interface Jobs {
  readonly base: string
  readonly store: FolderStore
  job(stepName: string, changes?: Partial<JobSpec> & { readonly gated?: boolean }): Promise<Job>
  /** Puts a file where the store's folder was, until the returned function is called. */
  takeStoreAway(): Promise<() => Promise<void>>
  [Symbol.asyncDispose](): Promise<void>
}

/** Bundles the steps. */
export async function prepareJobs(): Promise<Jobs> {
  const base = await mkdtemp(join(tmpdir(), 'sidestep-job-'))
  const folder = join(base, 'store')
  const store = new FolderStore({ folder })
  const bundle = await bundleModule({
    module: fixture('fixtures/steps.ts'),
    external: [],
    artifactStoreRuntime: fixture('../support/folder-runtime.ts'),
    stepOperatorRuntimes: { cluster: fixture('fixtures/cluster-runtime.ts') },
    folder: join(base, 'bundles'),
  })
  let count = 0
  const job: Jobs['job'] = async (stepName, changes = {}) => {
    count += 1
    const key: AttemptKey = { runId: 'run', stepRunId: `${stepName}-${count}`, attempt: 1 }
    const trace = join(base, `trace-${count}`)
    const gate = join(base, `gate-${count}`)
    const { gated = false, ...spec } = changes
    const { stored } = await encodeInput(
      { trace, ...(gated ? { gate } : {}) },
      { store, keyOf: (sha256) => inputKey('run', sha256) },
    )
    const whole: JobSpec = {
      version: 1,
      ...key,
      pipeline: 'test',
      stepName,
      operator: 'here',
      bundleSha256: bundle.sha256,
      body: { kind: 'function', ...(stored === undefined ? {} : { input: stored }) },
      environment: {},
      secrets: {},
      handedSecrets: [],
      graceMs: 1_000,
      ...spec,
    }
    await store.put(specKey(key), encodeJson(whole))
    const args = [bundle.path, '--spec', `${store.uri}/${specKey(key)}`]
    return {
      key,
      trace,
      gate,
      args,
      start: (nonce, { environment = {}, supervised = false } = {}) =>
        spawn(process.execPath, args, {
          cwd: base,
          env: {
            PATH: process.env['PATH'],
            SIDESTEP_STORE: JSON.stringify(store.jobConfig),
            SIDESTEP_NONCE: nonce,
            ...(supervised ? { SIDESTEP_PARENT_FD: '3', SIDESTEP_SIGNALS_GROUP: '1' } : {}),
            ...environment,
          },
          detached: supervised,
          stdio: ['ignore', 'ignore', 'pipe', supervised ? 'pipe' : 'ignore'],
        }),
      starts: async () => (await readFile(trace, 'utf8').catch(() => '')).split('\n').length - 1,
      result: async () => readResult(key, store),
    }
  }
  return {
    base,
    store,
    job,
    takeStoreAway: async () => {
      await rename(folder, `${folder}-away`)
      await writeFile(folder, 'a file where the folder was')
      return async () => {
        await rm(folder)
        await rename(`${folder}-away`, folder)
      }
    },
    [Symbol.asyncDispose]: async () => rm(base, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** How a job ended: its exit code, or the signal that killed it. */
export async function codeOf(child: ChildProcess): Promise<number | string> {
  child.stderr?.resume()
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return code ?? signal ?? ''
}

/** Asks until it is so. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('waited in vain')
    await sleep(5)
  }
}
