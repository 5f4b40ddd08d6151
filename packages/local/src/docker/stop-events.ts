import type { Container } from './container.ts'
import type { EngineClient } from './engine-client.ts'
import { textLines } from './text-lines.ts'

/** An engine that was restarted ends what it finds running within this time, in milliseconds. */
const AFTER_RESTART_MS = 60_000

/** What of an event is looked at. */
export interface EngineEvent {
  readonly Action: string
  /** Nanoseconds since 1970. */
  readonly timeNano: number
  /** `signal` of a `kill`: its number. Podman does not say it. */
  readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> | null } | null
}

/**
 * Whether somebody asked the engine to stop a container that ended from outside. One that was restarted in between remembers
 * nothing of before: then the restart ended the container, by itself or by the signals that the new engine sent. Engines keep
 * a few hundred events: where the start is not among them any more, one of long before the signal shows that there was no
 * restart.
 */
export async function wasAskedToStop(
  client: EngineClient,
  container: Container,
  signal: AbortSignal,
): Promise<boolean> {
  const { Id, State } = container
  const filters = JSON.stringify({ container: [Id], event: ['start', 'kill', 'stop'] })
  const events = await eventsOf(client, { ...windowOf(State.StartedAt, State.FinishedAt), filters }, signal)
  const asked = events.find((event) => isStop(event, State.ExitCode))
  if (asked === undefined) return false
  if (events.some(({ Action }) => Action === 'start')) return true
  const askedAt = asked.timeNano / 1e6
  const until = String(Math.floor((askedAt - AFTER_RESTART_MS) / 1_000))
  return (await eventsOf(client, { since: '1', until }, signal)).length > 0
}

/** A stop, or the very signal that the exit code tells of. Pure. */
export function isStop({ Action, Actor }: EngineEvent, exitCode: number): boolean {
  if (Action === 'stop') return true
  const sent = Actor?.Attributes?.['signal']
  return Action === 'kill' && (sent === undefined || sent === String(exitCode - 128))
}

function windowOf(start: string, end: string): { readonly since: string; readonly until: string } {
  return {
    since: String(Math.floor(Date.parse(start) / 1_000) - 1),
    // Of the very second of the end, all is to be heard.
    until: String(Math.floor(Date.parse(end) / 1_000) + 1),
  }
}

async function eventsOf(
  client: EngineClient,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly EngineEvent[]> {
  const events: EngineEvent[] = []
  for await (const line of textLines(await client.stream('GET', '/events', { query, signal }))) {
    events.push(JSON.parse(line) as EngineEvent)
  }
  return events
}
