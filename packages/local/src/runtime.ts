import type { ArtifactStore, SecretResolver } from '@sidestep/core'

import { FOLDER_VARIABLE, TOKEN_VARIABLE } from './job/job-variables.ts'
import { readStepEnd, type StepEnd } from './job/step-end.ts'
import { fileSecrets } from './runtime/file-secrets.ts'
import { guardImports } from './runtime/import-guard.ts'
import { LocalArtifactStore, type OpenStoreConfig } from './store/local-artifact-store.ts'

/** Opens the store of a job. */
export function openArtifactStore(jobConfig: object): ArtifactStore {
  return new LocalArtifactStore(jobConfig as OpenStoreConfig)
}

/** The token of the local job that this process belongs to. */
export function providerJobId(): string | undefined {
  return process.env[TOKEN_VARIABLE]
}

/** `file:` references; those with `env:` are resolved by the launcher. */
export const secretResolvers: readonly SecretResolver[] = [fileSecrets]

/** Why the supervisor ended the step, where it did. */
export function endReason(): StepEnd | undefined {
  const folder = process.env[FOLDER_VARIABLE]
  return folder === undefined ? undefined : readStepEnd(folder)
}

/** Keeps the step to the packages of its own environment. */
export function prepareStepProcess(): void {
  const folder = process.env[FOLDER_VARIABLE]
  if (folder !== undefined) guardImports(folder)
}
