import { configError, messageOf } from '@sidestep/core/project'
import type { WantedFault } from './simulators-package.ts'

const FAULT = /^(?<kind>[a-z-]+):(?<operation>[^:,\s]+)(?::(?<often>[^:,]+))?(?<details>,.*)?$/s
const COUNT = /^[1-9]\d{0,8}$/
const PROBABILITY = /^[01]?\.\d+$/
/** The path comes last: it may have commas itself. */
const DETAILS = /^(?:,after=(?<after>\d{1,9}))?(?:,delay=(?<delay>-?\d{1,12}))?(?:,path=(?<path>.+))?$/s
const FORM =
  'It is NAME:OPERATION, NAME:OPERATION:COUNT or NAME:OPERATION:PROBABILITY, and after it ,after=CALLS ,delay=MILLISECONDS and ,path=EXPRESSION in this order, as in throttle:s3.PutObject:3 or slow:s3.*:0.1,delay=5000.'

/**
 * Reads `NAME:OPERATION`, `NAME:OPERATION:3` and `NAME:OPERATION:0.1`: once, three times, a tenth of all calls; and after it how many calls
 * go by first, the fault's time, and which paths it is for: `,after=2,delay=5000,path=^/bucket/`. Which names and operations there are, the
 * simulator knows. Throws `CONFIG_INVALID` for what has another form.
 */
export function readFault(text: string): WantedFault {
  const { kind, operation, often = '1', details = '' } = FAULT.exec(text)?.groups ?? {}
  const found = DETAILS.exec(details)
  if (
    kind === undefined ||
    operation === undefined ||
    found === null ||
    !(COUNT.test(often) || PROBABILITY.test(often))
  ) {
    throw configError('CONFIG_INVALID', `--fault ${text} is no fault`, FORM)
  }
  const { after, delay, path } = found.groups ?? {}
  return {
    kind,
    operation,
    ...(COUNT.test(often) ? { times: Number(often) } : { times: Infinity, probability: Number(often) }),
    ...(after !== undefined && { after: Number(after) }),
    ...(delay !== undefined && { delayMs: Number(delay) }),
    ...(path !== undefined && { path: expressionOf(text, path) }),
  }
}

function expressionOf(text: string, path: string): RegExp {
  try {
    return new RegExp(path)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const hint = 'Write a regular expression of JavaScript, without slashes around it.'
    throw configError('CONFIG_INVALID', `the path of --fault ${text} cannot be read: ${messageOf(error)}`, hint, error)
  }
}
