import { endpointOf } from '../aws/endpoint-of.ts'
import { isLoopback } from '../aws/is-loopback.ts'

/** Where AWS's console is, by the partition that a region is in. */
const CONSOLES: readonly (readonly [string, string])[] = [
  ['cn-', 'console.amazonaws.cn'],
  ['us-gov-', 'console.amazonaws-us-gov.com'],
  ['eusc-', 'console.amazonaws-eusc.eu'],
]

/** Where a person can look at a training job. `undefined` for one of a simulator, which the environment may name. */
export function consoleUrl(
  name: string,
  { region, endpoint: given }: { readonly region: string; readonly endpoint?: string | undefined },
): string | undefined {
  const endpoint = endpointOf(given, 'SAGEMAKER')
  if (endpoint !== undefined && isLoopback(endpoint)) return undefined
  const host = CONSOLES.find(([beginning]) => region.startsWith(beginning))?.[1] ?? 'console.aws.amazon.com'
  return `https://${region}.${host}/sagemaker/home?region=${region}#/jobs/${name}`
}
