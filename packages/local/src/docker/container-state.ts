import { formatBytes, type FailureKind, type Observation, type Phase, type PhaseStart } from '@sidestep/core'

import type { Container } from './container.ts'

/** What each state of a container means. Docker's, and those of Podman that it does not translate. */
export const CONTAINER_STATES: Readonly<Record<string, Phase | 'ended'>> = {
  configured: 'provisioning',
  created: 'provisioning',
  initialized: 'provisioning',
  restarting: 'provisioning',
  running: 'running',
  // It goes on where it is let go on; its heartbeat tells how long it has been so.
  paused: 'running',
  stopping: 'stopping',
  removing: 'stopping',
  exited: 'ended',
  stopped: 'ended',
  dead: 'ended',
}

/** Exit codes of a process that was ended from outside: by SIGTERM, by SIGKILL, and where nobody was there to see it. */
const ENDED_FROM_OUTSIDE: readonly number[] = [143, 137, 255]

/**
 * Exit codes with which a kill for memory was the end: of the first process itself, or of the step's, which the first one
 * told and ended with. That some process was killed for memory stays in a container's state: any other end has another cause.
 */
const ENDED_FOR_MEMORY: readonly number[] = [137, 1]

/** What Node.js, the entrypoint and a small step need, in bytes: with less, most steps do not begin. */
export const SMALL_MEMORY: number = 64 * 2 ** 20

/** Exit codes of the container's first process where there is no such program, or none that this processor runs. */
const NOT_RUN: readonly number[] = [126, 127]
const NOT_RUN_HINT = 'It needs Node.js for its own platform: let the image builder add it.'

/** Whether a container's end is of a kind that the engine has to be asked about. */
export function isEndedFromOutside({ State }: Container): boolean {
  return hasEnded(State.Status) && State.Error === '' && ENDED_FROM_OUTSIDE.includes(State.ExitCode)
}

/** What a state means; one that is not known, that the container goes on. */
export function phaseOfState(status: string): Phase | 'ended' {
  return Object.hasOwn(CONTAINER_STATES, status) ? (CONTAINER_STATES[status] ?? 'running') : 'running'
}

/** Whether nothing runs in a container any more. */
export function hasEnded(status: string): boolean {
  return phaseOfState(status) === 'ended'
}

export interface Evidence {
  /** The engine's clock, to the second. */
  readonly at: Date
  /** Whether somebody asked the engine to stop the container, as far as the engine that runs now knows. */
  readonly stopAsked: boolean
}

/** What is to be said of a container. A state that is not known means that it still goes on. Pure. */
export function observationOf(container: Container, { at, stopAsked }: Evidence): Observation {
  const { Created, State } = container
  const phase = phaseOfState(State.Status)
  const starts: readonly PhaseStart[] = [
    { phase: 'provisioning', at: isoTime(Created) ?? at.toISOString() },
    ...startOf('running', State.StartedAt),
  ]
  if (phase !== 'ended' && !(phase === 'provisioning' && State.Error !== '')) {
    const phases = phase === 'stopping' ? [...starts, { phase, at: latest(at, starts) }] : starts
    return { phase, providerState: State.Status, at: latest(at, starts), phases }
  }
  const end = endOf(container, stopAsked)
  const phases = [...starts, ...startOf(end.phase, State.FinishedAt)]
  return { ...end, providerState: State.Status, at: latest(at, phases), phases }
}

interface End extends Pick<Observation, 'reason' | 'hint' | 'exitCode'> {
  readonly phase: 'succeeded' | 'failed' | 'stopped'
  readonly kind?: FailureKind
}

function endOf(container: Container, stopAsked: boolean): End {
  const { ExitCode: exitCode, OOMKilled, Error: error, Status } = container.State
  if (!hasEnded(Status)) return { phase: 'failed', kind: 'infra', reason: `it could not be started: ${error}` }
  if (exitCode === 0) return { phase: 'succeeded', exitCode }
  if (stopAsked && isEndedFromOutside(container) && exitCode !== 255) {
    return { phase: 'stopped', kind: 'stopped', exitCode, reason: 'somebody stopped the container' }
  }
  if (OOMKilled && ENDED_FOR_MEMORY.includes(exitCode)) {
    return { phase: 'failed', kind: 'oom', exitCode, ...memoryEnd(container.HostConfig?.Memory ?? 0) }
  }
  if (error !== '') return { phase: 'failed', kind: 'infra', exitCode, reason: error }
  if (NOT_RUN.includes(exitCode)) {
    const reason = `the image has no program that can run the command (exit code ${exitCode})`
    return { phase: 'failed', kind: 'config', exitCode, reason, hint: NOT_RUN_HINT }
  }
  if (!isEndedFromOutside(container)) return { phase: 'failed', exitCode, reason: `exit code ${exitCode}` }
  const reason =
    'the container was ended from outside: by a restart of the engine or the machine, for its memory, or by somebody of whom the engine does not tell'
  return { phase: 'failed', kind: 'infra', exitCode, reason }
}

/** `limit`: in bytes, 0 for none. */
function memoryEnd(limit: number): Pick<Observation, 'reason' | 'hint'> {
  const most = limit === 0 ? '' : `, ${formatBytes(limit)}`
  const reason = `the container used more memory than it may${most}`
  if (limit === 0 || limit >= SMALL_MEMORY) return { reason }
  return {
    reason,
    hint: `Node.js and a small step need some ${formatBytes(SMALL_MEMORY)}: ask for more \`resources.memory\`.`,
  }
}

function startOf(phase: Phase, time: string): readonly PhaseStart[] {
  const at = isoTime(time)
  return at === undefined ? [] : [{ phase, at }]
}

/** `undefined` for the engine's way to say that there is no such time. */
function isoTime(text: string): string | undefined {
  const time = Date.parse(text)
  return Number.isNaN(time) || time <= 0 ? undefined : new Date(time).toISOString()
}

/** The clock is read to the second, and must not lie before what has happened. */
function latest(at: Date, phases: readonly PhaseStart[]): string {
  return phases.reduce((newest, phase) => (phase.at > newest ? phase.at : newest), at.toISOString())
}
