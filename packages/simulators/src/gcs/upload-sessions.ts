import { randomBytes } from 'node:crypto'

import type { Clock } from '../ground/clock.ts'
import { GcsError } from './gcs-error.ts'
import { sessionGone, UploadSession, type UploadStart } from './upload-session.ts'

/** How long a resumable upload may take: a week, by https://cloud.google.com/storage/docs/resumable-uploads#session-uris. */
const LIFE_MS = 7 * 24 * 3600 * 1000

/** The resumable uploads of a simulator. */
export class UploadSessions {
  readonly #sessions = new Map<string, UploadSession>()

  /** Gives the id, which whoever has it may write to. Forgets those that ended long ago. */
  async create(start: Omit<UploadStart, 'expiresAt'>, clock: Clock): Promise<string> {
    for (const [id, session] of this.#sessions) {
      await this.#expire(session, clock)
      if (clock.now() >= session.start.expiresAt + LIFE_MS) this.#sessions.delete(id)
    }
    const id = randomBytes(48).toString('base64url')
    this.#sessions.set(id, new UploadSession({ ...start, expiresAt: clock.now() + LIFE_MS }))
    return id
  }

  /** Throws a 404 where it was never there. One that has expired tells by a 410 itself, unless it became an object. */
  async get(id: string, clock: Clock): Promise<UploadSession> {
    const session = this.#sessions.get(id)
    if (session === undefined) {
      throw new GcsError(404, [{ reason: 'notFound', message: 'The resumable upload session does not exist.' }])
    }
    await this.#expire(session, clock)
    return session
  }

  async #expire(session: UploadSession, clock: Clock): Promise<void> {
    if (clock.now() >= session.start.expiresAt) await session.end(sessionGone())
  }
}
