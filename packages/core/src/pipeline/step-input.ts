import { dirname } from 'node:path'

import { internalsOf, isArtifact } from '../artifact/artifact.ts'
import { contentDigest } from '../artifact/content-digest.ts'
import { encodeInput } from '../artifact/encode-input.ts'
import { packFiles, type FilesArchive } from '../artifact/files-archive.ts'
import { inputKey } from '../artifact/layout.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import { fingerprint } from '../canonical.ts'
import { configError } from '../errors.ts'
import type { CommandBody, FunctionBody } from '../entrypoint/job-spec.ts'
import { callDigest, stepRunIdOf } from '../launch/identity.ts'
import type { CommandStepDefinition, StepDefinition } from '../step/definition.ts'
import type { ResolvedStepConfig } from '../step/resolve-config.ts'
import type { OpenRun } from './open-run.ts'

/** A call of a step, named and with its input in the store. */
export interface PreparedCall {
  readonly stepRunId: string
  readonly inputDigest: string
  readonly body: FunctionBody | CommandBody
}

/** Names the calls of one run: identical ones are counted, since nothing else tells them apart. */
export class CallNames {
  readonly #ordinals: Map<string, number> = new Map()
  readonly #keys: Set<string> = new Set()

  name(definition: StepDefinition, given: { readonly digest: string; readonly input: unknown }): string {
    const { name: stepName, config } = definition
    const key = typeof config.key === 'function' ? (config.key as (input: unknown) => string)(given.input) : config.key
    if (key !== undefined) {
      const id = stepRunIdOf({ stepName, key })
      if (this.#keys.has(id)) {
        throw configError(
          'CONFIG_INVALID',
          `the step ${stepName} was called twice with the key ${JSON.stringify(key)}`,
          'A key names one call of a step in a run.',
        )
      }
      this.#keys.add(id)
      return id
    }
    const counter = `${stepName}/${given.digest}`
    const ordinal = (this.#ordinals.get(counter) ?? 0) + 1
    this.#ordinals.set(counter, ordinal)
    return stepRunIdOf({ stepName, digest: given.digest, ordinal })
  }
}

/** Gives a call its name and puts its input into the store. */
export async function prepareCall(
  definition: StepDefinition,
  input: unknown,
  {
    run,
    config,
    names,
  }: {
    readonly run: Pick<OpenRun, 'runId' | 'store' | 'signal'>
    readonly config: ResolvedStepConfig
    readonly names: CallNames
  },
): Promise<PreparedCall> {
  const { runId, store, signal } = run
  if (definition.kind === 'command') {
    const inputs = commandInputs(definition, input, store.uri)
    const files = await packedFiles(definition, run)
    const inputDigest = fingerprint({
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, { stored }]) => [name, contentDigest(stored)])),
      files: files?.sha256 ?? null,
    })
    const stepRunId = names.name(definition, { digest: callDigest(definition, config, inputDigest), input })
    const { command, outputs } = definition
    return {
      stepRunId,
      inputDigest,
      body: { kind: 'command', command, inputs, outputs, ...(files === undefined ? {} : { files }) },
    }
  }
  const encoded = await encodeInput(input, { store, signal, keyOf: (sha256) => inputKey(runId, sha256) })
  const stepRunId = names.name(definition, { digest: callDigest(definition, config, encoded.digest), input })
  const body: FunctionBody = { kind: 'function', ...(encoded.stored === undefined ? {} : { input: encoded.stored }) }
  return { stepRunId, inputDigest: encoded.digest, body }
}

function commandInputs(definition: CommandStepDefinition, given: unknown, storeUri: string): CommandBody['inputs'] {
  const values = new Map(Object.entries(typeof given === 'object' && given !== null ? given : {}))
  const unknown = [...values.keys()].find((name) => !Object.hasOwn(definition.inputs, name))
  if (unknown !== undefined) throw inputError(definition, `has no input ${unknown}`)
  return Object.fromEntries(
    Object.entries(definition.inputs).map(([name, { kind, name: fileName }]) => {
      const value = values.get(name)
      if (!isArtifact(value)) throw inputError(definition, `needs its input ${name} as the result of another step`)
      const { stored, store } = internalsOf(value)
      if (store.uri !== storeUri)
        throw inputError(definition, `got an input ${name} from another artifact store, ${store.uri}`)
      if ((stored.materializer === 'folder') !== (kind === 'folder'))
        throw inputError(definition, `needs its input ${name} to be a ${kind}`)
      return [name, { name: fileName, stored }] satisfies [string, { name: string; stored: StoredValue }]
    }),
  )
}

function inputError({ name }: CommandStepDefinition, problem: string): Error {
  return configError('CONFIG_INVALID', `the step ${name} ${problem}`)
}

async function packedFiles(
  definition: CommandStepDefinition,
  { store, signal }: Pick<OpenRun, 'store' | 'signal'>,
): Promise<FilesArchive | undefined> {
  if (definition.files.length === 0) return undefined
  if (definition.file === undefined)
    throw inputError(definition, 'has files, and the file that defines it is not known')
  return packFiles(definition.files, { base: dirname(definition.file), store, signal })
}
