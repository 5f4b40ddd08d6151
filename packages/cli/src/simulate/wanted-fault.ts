import { configError } from '@sidestep/core/project'
import type { WantedFault } from './simulators-package.ts'

const FAULT = /^(?<kind>[a-z-]+):(?<operation>[^:\s]+)(?::(?<often>[^:]+))?$/
const COUNT = /^[1-9]\d{0,8}$/
const PROBABILITY = /^[01]?\.\d+$/

/**
 * Reads `NAME:OPERATION`, `NAME:OPERATION:3` and `NAME:OPERATION:0.1`: once, three times, a tenth of all calls. Which names and operations
 * there are, the simulator knows. Throws `CONFIG_INVALID` for what has another form.
 */
export function readFault(text: string): WantedFault {
  const { kind, operation, often = '1' } = FAULT.exec(text)?.groups ?? {}
  if (kind === undefined || operation === undefined || !(COUNT.test(often) || PROBABILITY.test(often))) {
    throw configError(
      'CONFIG_INVALID',
      `--fault ${text} is no fault`,
      'It is NAME:OPERATION, NAME:OPERATION:COUNT or NAME:OPERATION:PROBABILITY, as in throttle:s3.PutObject:3 or slow:s3.*:0.1.',
    )
  }
  if (COUNT.test(often)) return { kind, operation, times: Number(often) }
  return { kind, operation, times: Infinity, probability: Number(often) }
}
