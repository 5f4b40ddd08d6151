/** AWS takes what was signed within five minutes of its clock; its answer may take its time. In milliseconds. */
const MOST_OFF_MS = 10 * 60_000

type Headers = Readonly<Record<string, string | undefined>>

/**
 * AWS's time of an answer to a call that it took: what its Date says, unless that is far from the time that the call was signed at, which
 * AWS has found to be right, or is that of an answer that was kept. `undefined`: nothing tells. Pure.
 */
export function timeOfAnswer(request: Headers | undefined, response: Headers | undefined): Date | undefined {
  const signed = signedAt(request?.['x-amz-date'] ?? '')
  const said = response?.['age'] === undefined ? Date.parse(response?.['date'] ?? '') : NaN
  const isRight = !Number.isNaN(said) && (Number.isNaN(signed) || Math.abs(said - signed) <= MOST_OFF_MS)
  const time = isRight ? said : signed
  return Number.isNaN(time) ? undefined : new Date(time)
}

/** `20261122T211128Z`. */
function signedAt(text: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  if (parts.length === 0) return NaN
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}
