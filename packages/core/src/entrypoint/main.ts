import { parseArgs } from 'node:util'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { persistently } from '../artifact/persistent-store.ts'
import { resolveBareImportsFrom } from '../bundle/resolve-from.ts'
import { SidestepError } from '../errors.ts'
import type { ArtifactStoreRuntime, StepOperatorRuntime } from '../flavor/runtime.ts'
import { JOB_EXIT } from './job-exit.ts'
import { JOB_VARIABLES, readSpec, type FunctionBody, type JobSpec } from './job-spec.ts'
import { listSteps } from './list-steps.ts'
import { runJob } from './run-job.ts'
import { runStepProcess } from './step-process.ts'

/** What the generated entry of a bundle hands over. */
export interface MainOptions {
  /** Runtime module of the store that keeps the run. */
  readonly artifactStore: ArtifactStoreRuntime
  /** By flavor. */
  readonly stepOperators: Readonly<Record<string, StepOperatorRuntime>>
  /** Evaluates the user's module; called only in a process that may run user code. */
  readonly load: () => Promise<unknown>
}

/**
 * What every bundle runs: `--spec URI` is the entrypoint of a job, `--step-process` its child, and `--list-steps`
 * shows whether the module loads. Ends the process.
 */
export async function main(options: MainOptions): Promise<void> {
  const { values } = parseArgs({
    options: {
      spec: { type: 'string' },
      'list-steps': { type: 'boolean' },
      'step-process': { type: 'boolean' },
      incarnation: { type: 'string' },
    },
  })
  if (values['list-steps'] === true) {
    const from = process.env['SIDESTEP_RESOLVE_FROM']
    if (from !== undefined) resolveBareImportsFrom(from)
    return listSteps(options.load)
  }
  const uri = values.spec
  if (uri === undefined) {
    console.error('sidestep: this file is a bundled step. A launcher starts it with --spec URI.')
    process.exit(2)
  }
  const store = openStore(options.artifactStore)
  const runtime = options.stepOperators[process.env[JOB_VARIABLES.stepOperator] ?? ''] ?? {}
  if (values['step-process'] !== true) process.exit(await runJob({ uri, store, runtime }))
  const spec = await readSpec(persistently(store, {}), uri)
  runtime.prepareStepProcess?.()
  const { rank, size } = runtime.cluster?.() ?? { rank: 0, size: 1 }
  if (!isFunctionSpec(spec))
    throw new SidestepError('a command step has no step process', { code: 'INTERNAL', kind: 'infra' })
  return runStepProcess({
    spec,
    store: persistently(store, spec.storePatienceMs === undefined ? {} : { patienceMs: spec.storePatienceMs }),
    incarnation: Number(values.incarnation),
    rank,
    size,
    load: options.load,
  })
}

function isFunctionSpec(spec: JobSpec): spec is JobSpec & { readonly body: FunctionBody } {
  return spec.body.kind === 'function'
}

function openStore(runtime: ArtifactStoreRuntime): ArtifactStore {
  const config = process.env[JOB_VARIABLES.store]
  if (config === undefined) {
    console.error(`sidestep: ${JOB_VARIABLES.store} is not set, so the job does not know its artifact store.`)
    process.exit(JOB_EXIT.storeAway)
  }
  return runtime.openArtifactStore(JSON.parse(config) as object)
}
