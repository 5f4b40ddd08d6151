import { SidestepError } from '../errors.ts'

/** The bytes of a JSON object of the store. The same value gives the same bytes: its keys are written in their order. */
export function encodeJson(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}

/** `where` is what the error calls the object. */
export function decodeJson(bytes: Uint8Array, where: string): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    throw corrupt(where, error)
  }
  throw corrupt(where)
}

function corrupt(where: string, cause?: unknown): SidestepError {
  return new SidestepError(`${where} is damaged: it is not a JSON object`, {
    code: 'ARTIFACT_CORRUPT',
    kind: 'infra',
    hint: 'Something else wrote there. Start a new run.',
    ...(cause === undefined ? {} : { cause }),
  })
}
