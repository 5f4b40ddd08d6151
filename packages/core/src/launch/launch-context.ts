import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { inspect } from 'node:util'

import type { AttemptKey } from '../artifact/layout.ts'
import { specKey } from '../artifact/layout.ts'
import { prepareEnvironment } from '../environment/prepare-environment.ts'
import { resolveLock } from '../environment/lock.ts'
import { JOB_VARIABLES, type JobSpec } from '../entrypoint/job-spec.ts'
import { configError } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { AttemptRecord } from '../journal/attempt-record.ts'
import type { LaunchContext, LaunchReport } from '../operator/launch-context.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { flavorOf } from '../stack/component.ts'
import { splitSecrets } from './handed-secrets.ts'
import { attemptToken } from './identity.ts'
import { numbersItsCreates } from './numbers-its-creates.ts'
import type { StepRunLaunch } from './step-run-launch.ts'

/** The longest environment value that every provider takes, in bytes. */
const LONGEST_STORE_CONFIG = 512

/** How long a plain `launch()` has for creating its job, in milliseconds: it tells nobody. */
const PLAIN_CREATE_MS = 24 * 3_600_000

export interface PreparedLaunch {
  readonly context: LaunchContext
  readonly command: readonly string[]
  readonly spec: JobSpec
}

/** What an operator's `launch()` is called with, and what its job will read. */
export async function createLaunchContext(
  launch: StepRunLaunch,
  attempt: {
    readonly key: AttemptKey
    readonly record: AttemptRecord
    readonly info: StepRunInfo
    readonly signal: AbortSignal
    readonly ownerNonce: string | undefined
  },
): Promise<PreparedLaunch> {
  const { operator, store, home } = launch
  const { key, record, info, signal, ownerNonce } = attempt
  const { references, values } = splitSecrets(launch.secrets, operator.handedSecretSchemes)
  const spec: JobSpec = {
    ...launch.spec,
    attempt: key.attempt,
    secrets: references,
    handedSecrets: Object.keys(values),
    graceMs: operator.graceMs,
  }
  const context: LaunchContext = {
    signal,
    environment: {
      ...info.config.dockerSettings.environment,
      ...launch.spec.environment,
      [JOB_VARIABLES.store]: storeVariable(launch),
      [JOB_VARIABLES.stepOperator]: flavorOf(operator),
      ...(await recordPlainCreate(launch, attempt)),
      ...values,
    },
    secrets: values,
    token: attemptToken({ ...key, salt: launch.salt }),
    ...(ownerNonce === undefined ? {} : { ownerNonce }),
    journalId: launch.journal.id,
    artifactStore: store,
    report: (event: object) => launch.observer.report(key, asReport(event)),
    prepareEnvironment: async (folder) => {
      const { requirements } = info.bundle
      const { projectFolder } = info
      const lock =
        requirements.length === 0
          ? undefined
          : await resolveLock(requirements, { projectFolder, folder: join(home, 'locks'), signal })
      const environmentsFolder = join(home, 'environments')
      await prepareEnvironment({
        bundlePath: info.bundle.path,
        lock,
        folder,
        environmentsFolder,
        projectFolder,
        signal,
      })
    },
    attempt: record,
  }
  return { context, command: ['node', 'step.mjs', '--spec', `${store.uri}/${specKey(key)}`], spec }
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

const REPORT_TYPES: readonly unknown[] = ['observed', 'handle', 'log', 'warning'] satisfies LaunchReport['type'][]

function asReport(event: object): LaunchReport {
  if ('type' in event && REPORT_TYPES.includes(event.type)) return event as LaunchReport
  return { type: 'log', line: inspect(event, { breakLength: Infinity }) }
}

function storeVariable({ store }: StepRunLaunch): string {
  const config = JSON.stringify(store.jobConfig)
  if (Buffer.byteLength(config) <= LONGEST_STORE_CONFIG) return config
  throw configError(
    'COMPONENT_INVALID',
    `the artifact store's configuration for jobs takes ${Buffer.byteLength(config)} bytes; at most ${LONGEST_STORE_CONFIG} fit everywhere`,
    'Shorten its path or prefix.',
  )
}
