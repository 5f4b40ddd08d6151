import type { RunEvent } from '@sidestep/core'

/** What shows a run while it runs. */
export interface RunView {
  /** The model has the event already. */
  event(event: RunEvent): void
  /** A line of the CLI's own. */
  notice(text: string): void
  /** Takes away what only makes sense while the run runs. */
  close(): void
}
