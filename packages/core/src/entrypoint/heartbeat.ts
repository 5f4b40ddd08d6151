import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { heartbeatKey, type IncarnationKey } from '../artifact/layout.ts'
import { messageOf } from '../errors.ts'

/** Launchers read it once a minute, so a beat may be missed. */
const INTERVAL_MS = 30_000

/** Beats until it is stopped. A beat that the store does not take is told on stderr; the next one comes anyway. */
export function startHeartbeat(key: IncarnationKey, store: ArtifactStore): { stop(): void } {
  let beating = false
  const beat = async (): Promise<void> => {
    if (beating) return
    beating = true
    try {
      await store.put(heartbeatKey(key), encodeJson({ at: new Date().toISOString() }))
    } catch (error) {
      console.error(`sidestep: no heartbeat: ${messageOf(error)}`)
    } finally {
      beating = false
    }
  }
  void beat()
  const timer = setInterval(() => void beat(), INTERVAL_MS)
  return { stop: () => clearInterval(timer) }
}
