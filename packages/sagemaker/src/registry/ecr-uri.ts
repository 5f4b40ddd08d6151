import { isLoopback } from '../aws/is-loopback.ts'

/** The parts of a registry's uri. */
export interface EcrPlace {
  /** `123456789012.dkr.ecr.eu-west-1.amazonaws.com`, or that of a simulator: `127.0.0.1:41234`. */
  readonly host: string
  /** What all repositories begin with; may be empty. */
  readonly prefix: string
  /** Absent: a simulator's. */
  readonly account?: string
  /** Absent: a simulator's. */
  readonly region?: string
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html, with the names of dual stack and of other partitions. */
const HOST =
  /^(\d{12})\.dkr(?:\.ecr|-ecr)(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d+)\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.(?:aws|amazonwebservices\.com\.cn)|c2s\.ic\.gov|sc2s\.sgov\.gov)$/
/** Of a repository: the API's model of RepositoryName. */
const PREFIX = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/

/** Reads `HOST[/PREFIX]`. `undefined` where it is no registry of ECR, and none on this machine either. */
export function parseEcrUri(uri: string): EcrPlace | undefined {
  const [, host = '', path = ''] = /^([^/]+)\/?(.*?)\/?$/.exec(uri) ?? []
  if (path !== '' && !PREFIX.test(path)) return undefined
  const [, account, region] = HOST.exec(host) ?? []
  if (account !== undefined && region !== undefined) return { host, prefix: path, account, region }
  return /^[^/@?#\s]+:\d+$/.test(host) && isLoopback(`http://${host}`) ? { host, prefix: path } : undefined
}
