import type { GcsCall } from './gcs-call.ts'
import { notImplemented } from './gcs-error.ts'
import { textParameter } from './parameters.ts'

/** They change what a request means, and the simulator does not have them: better refused than not done. */
const HEADERS = /^x-goog-(?:acl$|(?:copy-source-)?encryption-)/
const PARAMETERS: readonly string[] = [
  'kmsKeyName',
  'destinationKmsKeyName',
  'predefinedAcl',
  'destinationPredefinedAcl',
  'predefinedDefaultObjectAcl',
  'dropContextGroups',
  'restoreToken',
]
/** Those that ask for something by `true`. */
const FLAGS: readonly string[] = ['enableObjectRetention', 'overrideUnlockedRetention', 'softDeleted']
const FIELDS: readonly string[] = ['acl', 'contexts', 'customerEncryption', 'kmsKeyName', 'retention']

/** Throws where a request asks for a feature that the simulator does not have. */
export function refuseFeatures({ exchange, query }: GcsCall): void {
  const header = Object.keys(exchange.request.headers).find((name) => HEADERS.test(name))
  if (header !== undefined) throw notImplemented(`the header ${header}`)
  const parameter =
    PARAMETERS.find((name) => textParameter(query, name) !== undefined) ??
    FLAGS.find((name) => textParameter(query, name)?.toLowerCase() === 'true')
  if (parameter !== undefined) throw notImplemented(`the parameter ${parameter}`)
}

/** The same, of the resource of an object. Empty ones ask for nothing. */
export function refuseFields(resource: Readonly<Record<string, unknown>>): void {
  const field = FIELDS.find((name) => !isEmpty(resource[name]))
  if (field !== undefined) throw notImplemented(`the field ${field} of an object`)
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}
