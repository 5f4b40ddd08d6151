/** What every step of the suites prints first: how often it stands in the logs of an attempt is how often user code began. */
export const BEGAN = 'conformance: user code began'

/** Says that user code began. */
export function began(): void {
  console.log(BEGAN)
}
