import { messageOf, SidestepError } from '../errors.ts'

/** What came of something that a component tried. */
export interface ComponentFinding {
  /** In few words, as a line begins with it: `asking the engine unix:///var/run/docker.sock`. */
  readonly tried: string
  /** `warning`: it works, and may not do what is meant. `problem`: something will not work. */
  readonly state: 'ok' | 'warning' | 'problem'
  /** In one sentence. */
  readonly found: string
  /** What to do. */
  readonly hint?: string
}

/** Who waits for what a component tries. */
export interface DiagnoseOptions {
  /** Ends it: it rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/**
 * Tries something: a `SidestepError` is a problem with the error's hint. Rejects with any other error, and with the
 * signal's reason where that has aborted.
 */
export async function tryOut(
  tried: string,
  { signal }: DiagnoseOptions,
  attempt: () => Promise<Omit<ComponentFinding, 'tried'>>,
): Promise<ComponentFinding> {
  try {
    return { tried, ...(await attempt()) }
  } catch (error) {
    signal.throwIfAborted()
    if (!SidestepError.isInstance(error)) throw error
    const { hint } = error
    return { tried, state: 'problem', found: messageOf(error), ...(hint === undefined ? {} : { hint }) }
  }
}
