import { basename } from 'node:path'

import { configError, type ErrorCode, type SidestepError } from '../errors.ts'
import { unresolvedHint } from './bundle-errors.ts'
import { packageOf } from './source-path.ts'

/** An error that a module threw while it was loaded, as the bundle prints it. */
export interface LoadFailure {
  readonly name: string
  readonly message: string
  /** Frames alone, relative to the project. */
  readonly stack?: string
  readonly cause?: LoadFailure
  readonly properties?: Readonly<Record<string, unknown>>
}

const MOST_FRAMES = 6

/** Why a module cannot be loaded, as a `config` error. */
export function describeLoadFailure(failure: LoadFailure, module: string): SidestepError {
  const { code, kind, hint } = failure.properties ?? {}
  // Sidestep's own errors say what they have to say.
  if (kind === 'config' && typeof code === 'string') {
    return configError(code as ErrorCode, failure.message, typeof hint === 'string' ? hint : undefined)
  }
  const missing =
    code === 'ERR_MODULE_NOT_FOUND' ? /Cannot find (?:package|module) '([^']+)'/.exec(failure.message)?.[1] : undefined
  return configError(
    code === 'PIPELINE_IN_JOB' ? 'PIPELINE_IN_JOB' : missing === undefined ? 'MODULE_LOAD_FAILED' : 'MODULE_NOT_FOUND',
    code === 'PIPELINE_IN_JOB' ? failure.message : `${basename(module)} cannot be loaded: ${textOf(failure)}`,
    missing === undefined ? fileHint(failure) : unresolvedHint(missing),
  )
}

function textOf({ name, message, stack = '', cause }: LoadFailure): string {
  const frames = framesOf(stack)
  const behind = cause === undefined ? [] : [`caused by ${textOf(cause)}`]
  return [`${name}: ${message}`, ...frames.slice(0, MOST_FRAMES), ...behind].join('\n')
}

/** Those of the user and of packages: not Node's, the bundler's or Sidestep's own. */
function framesOf(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !/node:|sidestep:|@sidestep\/core\/|\.mjs:\d+:\d+\)?$/.test(line))
}

/** Code that looks for files beside itself, or for what a bundle does not have. */
function fileHint({ stack = '', properties = {} }: LoadFailure): string | undefined {
  const file = /node_modules\/\S+/.exec(framesOf(stack)[0] ?? '')?.[0]
  const name = file === undefined ? undefined : packageOf(`/${file}`)?.name
  if (name !== undefined) {
    return `${name} may not work as part of a bundle. Name it in docker.requirements: then it is installed for the job, not bundled.`
  }
  return properties['code'] === 'ENOENT'
    ? 'A job has the bundled code, and not the files beside it: read the file in the pipeline and give the step what is in it.'
    : undefined
}
