import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'

import { replaceFile } from '../atomic-file.ts'
import { codeOf, configError } from '../errors.ts'
import { formatDuration } from '../units.ts'
import type { Bundle } from './bundle.ts'
import { installedVersion } from './installed-version.ts'
import { LISTING_MARK } from './listing-mark.ts'
import { describeLoadFailure, type LoadFailure } from './load-failure.ts'
import { runAlone, type Finished } from './run-alone.ts'

export interface CheckBundleOptions {
  /** Names of the steps that the bundle must have. */
  readonly steps: readonly string[]
  /** Absolute path of the user's module: packages that are not bundled are looked for from there. */
  readonly projectModule: string
  readonly signal: AbortSignal
  /** How long the module may load, in milliseconds. Default: a minute. */
  readonly timeoutMs?: number
}

/** What the bundle prints with `--list-steps`, behind the mark: the user's module may print what it likes. */
type Listing = { readonly steps: readonly string[] } | { readonly error: LoadFailure }

/** Under which a check passed: under others it may not. */
interface Circumstances {
  /** Version of Node.js. */
  readonly node: string
  /** Installed versions of what the bundle imports; `null` where there is none. */
  readonly packages: Readonly<Record<string, string | null>>
}

interface Passed extends Circumstances {
  readonly steps: readonly string[]
}

const DEFAULT_TIMEOUT_MS = 60_000

/**
 * Loads a new bundle once, in a process of its own that has no more than a job's environment, and looks for the steps:
 * what cannot work is found before anything is paid for. A passed check is remembered beside the bundle, for this Node.js
 * and the packages that are installed now. Throws `config` errors.
 */
export async function checkBundle(
  bundle: Pick<Bundle, 'path' | 'packages'>,
  options: CheckBundleOptions,
): Promise<void> {
  const { projectModule, signal, steps } = options
  const checks = running.get(signal) ?? new Map<string, Promise<readonly string[]>>()
  running.set(signal, checks)
  const name = JSON.stringify([bundle.path, projectModule])
  const check = checks.get(name) ?? listSteps(bundle, options)
  checks.set(name, check)
  try {
    refuseMissingSteps(steps, await check, projectModule)
  } catch (error) {
    checks.delete(name)
    throw error
  }
}

/** By who can stop them: the steps that a pipeline calls at the same time need one check together, and none later. */
const running: WeakMap<AbortSignal, Map<string, Promise<readonly string[]>>> = new WeakMap()

/** The steps that the bundle defines, as it is remembered or as it says. */
async function listSteps(
  { path, packages }: Pick<Bundle, 'path' | 'packages'>,
  { projectModule, signal, timeoutMs = DEFAULT_TIMEOUT_MS }: CheckBundleOptions,
): Promise<readonly string[]> {
  const remembered = path.replace(/\.mjs$/, '.checked')
  const circumstances = circumstancesOf(packages, projectModule)
  // Nothing is waited for, so that the process starts before what the caller does meanwhile.
  const known = readSteps(remembered, circumstances)
  if (known !== undefined) return known
  const finished = await runAlone([process.execPath, '--enable-source-maps', path, '--list-steps'], {
    cwd: dirname(path),
    environment: { SIDESTEP_RESOLVE_FROM: pathToFileURL(projectModule).href },
    signal,
    timeoutMs,
  })
  const steps = stepsOf(finished, projectModule, timeoutMs)
  // What a power cut leaves of it is no JSON.
  await replaceFile(remembered, JSON.stringify({ ...circumstances, steps } satisfies Passed), { durable: false })
  return steps
}

function stepsOf(finished: Finished, module: string, timeoutMs: number): readonly string[] {
  const listing = listingOf(finished.stdout)
  if (listing !== undefined && 'steps' in listing) return listing.steps
  if (listing !== undefined) throw describeLoadFailure(listing.error, module)
  const output = finished.stderr.trimEnd()
  throw configError(
    'MODULE_LOAD_FAILED',
    `${module} ${howItEnded(finished, timeoutMs)}${output === '' ? '' : `\n\n${output}`}`,
    'A job loads the module before it runs a step: what takes long, waits or ends the process belongs into a step or a pipeline.',
  )
}

function howItEnded({ timedOut, exitCode, killedBy }: Finished, timeoutMs: number): string {
  if (timedOut) return `was still loading after ${formatDuration(timeoutMs)}`
  // Node's own code for a top-level await that nothing will ever settle.
  if (exitCode === 13) return 'waits at its top level for something that never comes'
  return `ended its process while it was loaded (${killedBy === undefined ? `exit code ${exitCode}` : killedBy})`
}

function refuseMissingSteps(wanted: readonly string[], steps: readonly string[], module: string): void {
  const missing = wanted.filter((step) => !steps.includes(step))
  if (missing.length === 0) return
  throw configError(
    'STEP_UNKNOWN',
    `${module} does not define the ${missing.length === 1 ? 'step' : 'steps'} ${missing.join(', ')} when it is loaded`,
    `${steps.length === 0 ? 'It defines no step.' : `It defines: ${steps.join(', ')}.`} A job finds a step that step() defines at the top level of the module, or of one that it imports.`,
  )
}

function listingOf(stdout: string): Listing | undefined {
  const mark = stdout.lastIndexOf(`\n${LISTING_MARK}`)
  const end = stdout.indexOf('\n', mark + 1)
  return mark === -1 || end === -1 ? undefined : (JSON.parse(stdout.slice(mark + 2, end)) as Listing)
}

function circumstancesOf(packages: readonly string[], projectModule: string): Circumstances {
  const folder = dirname(projectModule)
  const versions = packages.map((name) => [name, installedVersion(name, folder) ?? null] as const)
  return { node: process.version, packages: Object.fromEntries(versions) }
}

function readSteps(file: string, circumstances: Circumstances): readonly string[] | undefined {
  const text = textIfThere(file)
  if (text === undefined) return undefined
  const passed = decodePassed(text)
  if (passed === undefined) return undefined
  const { steps, ...passedIn } = passed
  return isDeepStrictEqual(passedIn, circumstances) ? steps : undefined
}

function textIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** `undefined` for a damaged file: what was not kept is checked again. */
function decodePassed(text: string): Passed | undefined {
  try {
    const passed = JSON.parse(text) as Partial<Passed> | null
    return Array.isArray(passed?.steps) ? (passed as Passed) : undefined
  } catch {
    return undefined
  }
}
