import { fingerprint, sha256 } from '../canonical.ts'
import type { StepDefinition } from '../step/definition.ts'
import type { ResolvedStepConfig } from '../step/resolve-config.ts'

/** What tells step runs of one run apart. */
export type StepRunIdentity =
  | { readonly stepName: string; readonly key: string }
  | {
      readonly stepName: string
      /** Of the canonical inputs and configuration. */
      readonly digest: string
      /** Among identical calls, from 1. */
      readonly ordinal: number
    }

/** The digest of what a step run is given: never of when it was called. */
export function callDigest(definition: StepDefinition, config: ResolvedStepConfig, inputDigest: string): string {
  const body =
    definition.kind === 'command'
      ? { command: definition.command, files: definition.files, inputs: definition.inputs, outputs: definition.outputs }
      : {}
  const { cache: _cache, cancel: _cancel, ...identifying } = config
  return fingerprint({ input: inputDigest, config: identifying, ...body })
}

/** Names a step run in its run: readable, and safe as a part of keys, job names and labels. */
export function stepRunIdOf(identity: StepRunIdentity): string {
  const readable = identity.stepName
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, 24)
    .replace(/-$/, '')
  return `${readable === '' ? 'step' : readable}-${fingerprint(identity).slice(0, 16)}`
}

/**
 * 32 lower-case hex characters that stand for one attempt everywhere. The salt of its run is part of them: an id that is
 * used again, after its run was deleted, must not find the jobs of then.
 */
export function attemptToken(attempt: {
  readonly salt: string
  readonly runId: string
  readonly stepRunId: string
  readonly attempt: number
}): string {
  return sha256(`${attempt.salt}/${attempt.runId}/${attempt.stepRunId}/${attempt.attempt}`).slice(0, 32)
}
