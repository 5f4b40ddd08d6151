import { SidestepError } from '../errors.ts'
import type { LogLine } from './manifest.ts'

/** The lines of one chunk of a log. `where` names the chunk: one that is damaged is `ARTIFACT_CORRUPT`. */
export function* linesOfChunk(chunk: Uint8Array, where: string): Generator<LogLine> {
  for (const json of Buffer.from(chunk).toString('utf8').split('\n')) {
    if (json === '') continue
    try {
      yield JSON.parse(json) as LogLine
    } catch (cause) {
      throw new SidestepError(`${where} is damaged: a line of it is not JSON`, {
        code: 'ARTIFACT_CORRUPT',
        kind: 'infra',
        cause,
      })
    }
  }
}
