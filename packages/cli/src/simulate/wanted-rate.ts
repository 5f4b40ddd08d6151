import { configError } from '@sidestep/core/project'
import type { WantedRate } from './simulators-package.ts'

const RATE = /^(?<operation>[^=\s]+)=(?<perSecond>\d{1,9}(?:\.\d{1,6})?)(?:\/(?<burst>\d{1,9}))?$/

/**
 * Reads `OPERATION=10` and `OPERATION=10/50`: ten calls a second, and up to fifty at once after a pause. Which operations there are, the
 * simulator knows. Throws `CONFIG_INVALID` for what has another form.
 */
export function readRate(text: string): readonly [operation: string, rate: WantedRate] {
  const { operation, perSecond, burst } = RATE.exec(text)?.groups ?? {}
  if (operation === undefined || perSecond === undefined) {
    throw configError(
      'CONFIG_INVALID',
      `--rate ${text} is no rate`,
      'It is OPERATION=CALLS_PER_SECOND or OPERATION=CALLS_PER_SECOND/BURST, as in s3.PutObject=10 or s3.*=100/500.',
    )
  }
  return [operation, { perSecond: Number(perSecond), ...(burst !== undefined && { burst: Number(burst) }) }]
}
