import { isAbsolute, join } from 'node:path'

import type { FailedManifest, SerializedError } from '../artifact/manifest.ts'
import type { JobFailure, SidestepError } from '../errors.ts'
import { launchError } from './launch-error.ts'

export interface StepFailureContext {
  readonly stepName: string
  readonly projectFolder: string
  readonly job: JobFailure
  /** Of the launch, where it failed itself. */
  readonly cause: unknown
}

/** The error that a failed attempt is to the user: what the step threw is its cause, with the user's own file and line. */
export function stepFailure(manifest: FailedManifest, context: StepFailureContext): SidestepError {
  const { stepName, job, cause } = context
  if ('settledBy' in manifest) {
    const { kind, code, reason, hint } = manifest
    return launchError(kind, `the step ${stepName} failed: ${reason}`, {
      code,
      job,
      cause,
      ...(hint === undefined ? {} : { hint }),
    })
  }
  const { error, kind, exitCode, process } = manifest
  const named = error.name === 'Error' ? error.message : `${error.name}: ${error.message}`
  return launchError(kind, `the step ${stepName} failed: ${named}`, {
    cause: reviveError(error, context.projectFolder),
    job: { ...job, process, ...(exitCode === undefined ? {} : { exitCode }) },
  })
}

/** An `Error` as it was thrown in the job: name, message, stack with paths of this machine, cause, own properties. */
export function reviveError(serialized: SerializedError, projectFolder: string): Error {
  const { name, message, stack = '', cause, properties } = serialized
  const error = new Error(message, cause === undefined ? undefined : { cause: reviveError(cause, projectFolder) })
  Object.assign(error, properties)
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  const frames = stack.split('\n').map((frame) => localFrame(frame, projectFolder))
  Object.defineProperty(error, 'stack', {
    value: [`${name}: ${message}`, ...frames.filter((frame) => frame !== '')].join('\n'),
    configurable: true,
    writable: true,
  })
  return error
}

/** `at train (src/pipeline.ts:41:11)` is relative to the project; everything else stays as it is. */
function localFrame(frame: string, projectFolder: string): string {
  return frame.replace(
    /(\(|at )(?!async )([^\s():]+)(:\d+:\d+\)?)$/,
    (whole, before: string, path: string, after: string) =>
      isAbsolute(path) || path.startsWith('node_modules/') || path.startsWith('@sidestep/')
        ? whole
        : `${before}${join(projectFolder, path)}${after}`,
  )
}
