import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { specKey, type AttemptKey } from '../artifact/layout.ts'
import { putOnce } from '../artifact/put-once.ts'
import { prepareEnvironment } from '../environment/prepare-environment.ts'
import { resolveLock } from '../environment/lock.ts'
import { JOB_VARIABLES, type JobSpec } from '../entrypoint/job-spec.ts'
import { atPoint } from '../events.ts'
import type { BuiltImage } from '../image/image-builder.ts'
import type { AttemptRecord, AttemptState } from '../journal/attempt-record.ts'
import type { LaunchContext } from '../operator/launch-context.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { splitSecrets } from './handed-secrets.ts'
import { attemptToken } from './identity.ts'
import { jobVariables } from './job-variables.ts'
import { checkReport } from './launch-report.ts'
import { numbersItsCreates } from './numbers-its-creates.ts'
import type { StepRunLaunch } from './step-run-launch.ts'

/** How long a plain `launch()` has for creating its job, in milliseconds: it tells nobody. */
const PLAIN_CREATE_MS = 24 * 3_600_000

/** What a job will read, and the secrets that it cannot. */
export interface PreparedSpec {
  readonly spec: JobSpec
  /** Values that the launcher hands on, by variable. Never written. */
  readonly secrets: Readonly<Record<string, string>>
}

/** `adopts`: the job is there already, and nothing is handed to it any more. Throws `SECRET_MISSING`. */
export function prepareSpec(
  { operator, secrets, spec }: StepRunLaunch,
  { attempt }: AttemptKey,
  { adopts, image }: { readonly adopts: boolean; readonly image: BuiltImage | undefined },
): PreparedSpec {
  const { references, values } = adopts ? { references: secrets, values: {} } : splitSecrets(secrets, operator)
  const handedSecrets = Object.keys(values)
  const { graceMs } = operator
  const prepared = { ...spec, ...(image === undefined ? {} : { image }), attempt, secrets: references }
  return { spec: { ...prepared, handedSecrets, graceMs }, secrets: values }
}

/**
 * Writes what the job reads first. An earlier launcher may have written another one, with code of then: it stays where
 * anything was prepared by it.
 */
export async function writeSpec(
  spec: JobSpec,
  key: AttemptKey,
  {
    store,
    record,
    state,
  }: { readonly store: ArtifactStore; readonly record: AttemptRecord; readonly state: AttemptState },
): Promise<void> {
  await atPoint('3.spec', key, async () => {
    const { won } = await putOnce(store, specKey(key), encodeJson(spec))
    if (won || state.intent !== undefined || state.creates.length > 0) return
    await record.checkOwner()
    await store.put(specKey(key), encodeJson(spec))
  })
}

/** What an operator's `launch()` is called with. */
export async function createLaunchContext(
  launch: StepRunLaunch,
  attempt: {
    readonly key: AttemptKey
    readonly record: AttemptRecord
    readonly info: StepRunInfo
    readonly secrets: Readonly<Record<string, string>>
    readonly signal: AbortSignal
    readonly ownerNonce: string | undefined
  },
): Promise<LaunchContext> {
  const { operator, store, home, containerRegistry } = launch
  const { key, record, info, secrets, signal, ownerNonce } = attempt
  return {
    signal,
    environment: {
      ...jobVariables({
        operator,
        store,
        docker: info.config.dockerSettings,
        environment: launch.spec.environment,
      }),
      ...(await recordPlainCreate(launch, attempt)),
      ...secrets,
    },
    secrets,
    token: attemptToken({ ...key, salt: launch.salt }),
    ...(ownerNonce === undefined ? {} : { ownerNonce }),
    journalId: launch.journal.id,
    artifactStore: store,
    ...(containerRegistry === undefined ? {} : { containerRegistry }),
    report: reporterOf(launch, key),
    prepareEnvironment: async (folder) => {
      const { requirements } = info.bundle
      const { projectFolder } = info
      const onSilence = (message: string): void => launch.observer.report(key, { type: 'warning', message })
      const lock =
        requirements.length === 0
          ? undefined
          : await resolveLock(requirements, { projectFolder, folder: join(home, 'locks'), signal, onSilence })
      const environmentsFolder = join(home, 'environments')
      await prepareEnvironment({
        bundlePath: info.bundle.path,
        lock,
        folder,
        environmentsFolder,
        projectFolder,
        signal,
        onSilence,
      })
    },
    attempt: record,
  }
}

/** What is misshaped is said once: a job may report thousands of times. */
function reporterOf({ observer }: StepRunLaunch, key: AttemptKey): (event: object) => void {
  let warned = false
  return (event) => {
    const { report, warning } = checkReport(event)
    observer.report(key, report)
    if (warning === undefined || warned) return
    warned = true
    observer.report(key, { type: 'warning', message: warning })
  }
}

/** What runs in the job. Without an image, `node` and the bundle's path are the operator's to place. */
export function commandOf(
  key: AttemptKey,
  store: ArtifactStore,
  image: Pick<BuiltImage, 'command'> | undefined,
): readonly string[] {
  return [...(image?.command ?? ['node', 'step.mjs']), '--spec', `${store.uri}/${specKey(key)}`]
}

/** A `JobStepOperator` numbers its creates itself; for a plain `launch()` the whole call is one create. */
async function recordPlainCreate(
  { operator, clock }: StepRunLaunch,
  { key, record }: { readonly key: AttemptKey; readonly record: AttemptRecord },
): Promise<Readonly<Record<string, string>>> {
  if (numbersItsCreates(operator)) return {}
  const { creates } = await record.read()
  const nonce = randomBytes(16).toString('hex')
  const deadline = new Date(clock.date().getTime() + PLAIN_CREATE_MS).toISOString()
  await atPoint('3.create-record', key, () => record.create({ n: creates.length + 1, nonce, deadline }))
  return { [JOB_VARIABLES.nonce]: nonce }
}
