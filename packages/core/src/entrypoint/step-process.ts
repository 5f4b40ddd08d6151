import { getEventListeners } from 'node:events'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeInput } from '../artifact/encode-input.ts'
import { outputsPrefix } from '../artifact/layout.ts'
import { saveValue } from '../artifact/save-value.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import { SidestepError } from '../errors.ts'
import { withinStep } from '../step/current-run.ts'
import type { FunctionStepDefinition } from '../step/definition.ts'
import { findStep } from '../step/registry.ts'
import type { FunctionBody, JobSpec } from './job-spec.ts'
import { redactor } from './redact.ts'
import { serializeError } from './serialize-error.ts'
import type { StepMessage } from './step-messages.ts'

export interface StepProcessOptions {
  readonly spec: JobSpec & { readonly body: FunctionBody }
  readonly store: ArtifactStore
  readonly incarnation: number
  readonly rank: number
  readonly size: number
  /** Evaluates the user's module. */
  readonly load: () => Promise<unknown>
}

/**
 * The child that runs a function step. It tells the entrypoint over IPC how it went, and exits: whatever the step left
 * open (servers, timers) must not keep a finished job running.
 */
export async function runStepProcess(options: StepProcessOptions): Promise<never> {
  const tell = takeChannel()
  const bundle = fileURLToPath(import.meta.url)
  const redact = redactor(secretValues(options.spec))
  const threw = async (thrown: unknown): Promise<never> => {
    const kind = SidestepError.isInstance(thrown) && thrown.kind !== 'config' ? thrown.kind : 'step'
    await tell({ type: 'threw', kind, error: serializeError(thrown, { bundle, redact }) })
    await flushOutput()
    process.exit(1)
  }
  process.on('uncaughtException', (error) => {
    threw(error).catch(() => process.exit(1))
  })
  try {
    await tell({ type: 'returned', outputs: await runStep(options) })
    await flushOutput()
    process.exit(0)
  } catch (error) {
    return threw(error)
  }
}

/** Read before the step's own code can change its environment. */
function secretValues({ secrets, handedSecrets }: JobSpec): readonly string[] {
  const names = [...Object.keys(secrets), ...handedSecrets]
  return names.map((name) => process.env[name]).filter((value) => value !== undefined)
}

async function runStep({
  spec,
  store,
  incarnation,
  rank,
  size,
  load,
}: StepProcessOptions): Promise<Readonly<Record<string, StoredValue>>> {
  const stopSignal = listenForTerm()
  await load()
  const definition = findStep(spec.stepName) as FunctionStepDefinition
  const input = await decodeInput(spec.body.input, { store })
  const context = {
    get signal() {
      return stopSignal()
    },
    log: (message: string) => console.log(typeof message === 'string' ? message : inspect(message)),
    attempt: spec.attempt,
    rank,
    size,
  }
  const output = await withinStep(spec.stepName, async () => definition.run(input, context))
  // The result is what the first machine returns.
  if (rank !== 0) return {}
  return { value: await saveValue(output, { store, key: `${outputsPrefix({ ...spec, incarnation })}/value` }) }
}

/**
 * Gives the step's `AbortSignal` for SIGTERM. Where nobody in the step ever looked at it, or listens to SIGTERM itself,
 * the process ends at once: waiting out the grace would help no one.
 */
function listenForTerm(): () => AbortSignal {
  const controller = new AbortController()
  let seen = false
  process.on('SIGTERM', () => {
    controller.abort(new Error('the job was told to stop (SIGTERM)'))
    if (!seen && process.listenerCount('SIGTERM') === 1) process.exit(143)
  })
  // A step may wait for nothing but its signal, which keeps no process alive by itself.
  process.on('beforeExit', () => {
    if (getEventListeners(controller.signal, 'abort').length > 0) setInterval(() => undefined, 2 ** 30)
  })
  return () => {
    seen = true
    return controller.signal
  }
}

/** `process.exit` drops what a pipe has not taken yet. */
async function flushOutput(): Promise<void> {
  const flush = (stream: NodeJS.WriteStream): Promise<void> =>
    new Promise((resolve) => stream.write('', () => resolve()))
  await Promise.all([flush(process.stdout), flush(process.stderr)])
}

/** Takes the IPC channel away from user code, which must not find itself a child or speak for the step. */
function takeChannel(): (message: StepMessage) => Promise<void> {
  const send = process.send?.bind(process)
  if (send === undefined)
    throw new SidestepError('the step process has no channel to its entrypoint', { code: 'INTERNAL', kind: 'infra' })
  Reflect.deleteProperty(process, 'send')
  // The entrypoint is dead: nobody could take the result, and the next start of this job may begin any moment.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  // Listening must not keep a process alive in which nothing can happen any more.
  process.channel?.unref()
  return (message) =>
    new Promise((resolve, reject) => {
      send(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)))
    })
}
