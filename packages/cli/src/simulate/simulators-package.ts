import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { codeOf, configError } from '@sidestep/core/project'
import { importQuietly } from '../project/open-cli-project.ts'

const PACKAGE = '@sidestep/simulators'

/**
 * As much of the package of the simulators as this command uses. It is for tests, so the command line does not depend on it: a project that
 * wants it has it.
 */
export interface SimulatorsPackage {
  readonly ScaledClock: new (scale?: number) => SimulatorClock
  startSimulator(name: string, options: StartOptions): Promise<StartedSimulator>
}

/** The time of a simulator. */
export interface SimulatorClock {
  now(): number
  wait(ms: number, options: { readonly signal: AbortSignal }): Promise<void>
}

/** How a simulator is started. */
export interface StartOptions {
  readonly port?: number
  readonly seed?: string
  readonly folder?: string
  readonly clock?: SimulatorClock
  /** By `<service>.<operation>`. */
  readonly rates?: Readonly<Record<string, WantedRate>>
  /** How old lists are, in milliseconds. */
  readonly listDelayMs?: number
}

/** How many calls are taken. */
export interface WantedRate {
  readonly perSecond: number
  /** At once, after a pause. Default: one second's worth. */
  readonly burst?: number
}

/** What is to go wrong. */
export interface WantedFault {
  /** `throttle`. */
  readonly kind: string
  /** `s3.PutObject`. */
  readonly operation: string
  /** With how many calls. Default: 1. */
  readonly times?: number
  /** Of those that fit. Default: 1. */
  readonly probability?: number
  /** How many that fit go by first. Default: 0. */
  readonly after?: number
  /** Of kinds with a time. Default: 1000. */
  readonly delayMs?: number
  /** Only calls whose path and query match. */
  readonly path?: RegExp
}

/** A simulator that answers. */
export interface StartedSimulator {
  readonly endpoint: string
  /** `127.0.0.1:41234`: of the provider's container registry. Absent: it has none. */
  readonly registry?: string
  readonly services: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly seed: string
  readonly calls: readonly { readonly service: string; readonly operation: string }[]
  readonly jobs: readonly SimulatedJob[]
  describeJobs(): Promise<string>
  addFaults(...faults: readonly WantedFault[]): void
  clearFaults(): void
  close(): Promise<void>
}

/** A job that it was given. */
export interface SimulatedJob {
  readonly service: string
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  /** How often its command began. */
  readonly attempts: number
  /** How it ended. Absent: it has not. */
  readonly end?: {
    /** `null`: it never began, or nobody saw its end. */
    readonly exitCode: number | null
    readonly outOfMemory: boolean
    /** Why it never began. */
    readonly startError?: string
    /** Why its end is not known. */
    readonly lostError?: string
  }
  /** The kinds of the faults that it met. */
  readonly faults: readonly string[]
}

/** Where the package is looked for. */
export interface LoadSimulatorsOptions {
  /** A folder. Default: the working directory. */
  readonly project?: string
  /** A file URL. Default: this file. */
  readonly beside?: string
}

/** The package as the project has it, else beside the command line. Rejects with `PACKAGE_NOT_FOUND` where it is nowhere. */
export async function loadSimulators({
  project = process.cwd(),
  beside = import.meta.url,
}: LoadSimulatorsOptions = {}): Promise<SimulatorsPackage> {
  for (const place of [join(project, 'package.json'), beside]) {
    const path = locate(place)
    if (path === undefined) continue
    const found = (await importQuietly(pathToFileURL(path).href)) as Partial<SimulatorsPackage>
    const { startSimulator, ScaledClock } = found
    if (startSimulator !== undefined && ScaledClock !== undefined) return { startSimulator, ScaledClock }
    throw configError('PACKAGE_NOT_FOUND', `${path} has no startSimulator()`, `Install a current ${PACKAGE}.`)
  }
  throw configError(
    'PACKAGE_NOT_FOUND',
    `the simulators are in the package ${PACKAGE}, which is not installed in this project`,
    `npm install --save-dev ${PACKAGE}`,
  )
}

function locate(place: string): string | undefined {
  try {
    return createRequire(place).resolve(PACKAGE)
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
