import { isLoopback } from './is-loopback.ts'

/** Where calls to AWS go, and as whom. */
export interface AwsLocation {
  /** `eu-central-1`. */
  readonly region: string
  /** Of `~/.aws/config`. Default: as the SDK finds credentials, in the environment first. */
  readonly profile?: string
  /** Instead of the services' own: a simulator. A loopback one needs no credentials. */
  readonly endpoint?: string
}

/** What requests are signed with. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of credentials that end. */
  readonly sessionToken?: string
  /** When to ask for them again. Absent: never. */
  readonly expiration?: Date
}

/** Asked by the SDK whenever it needs credentials that have not ended. The argument is the SDK's own. */
export type AwsCredentialSource = (properties?: Record<string, unknown>) => Promise<AwsCredentials>

/** What every client of the SDK can be made with. */
export interface AwsClientConfig {
  readonly region: string
  /** Absent: the service's own, or what `AWS_ENDPOINT_URL` says. */
  readonly endpoint?: string
  /** Absent: the SDK's own chain. */
  readonly credentials?: AwsCredentials | AwsCredentialSource
  /** In the `user-agent` of every call: CloudTrail shows it. */
  readonly customUserAgent: string
  /** Limits in milliseconds. The SDK's default is to wait for ever. */
  readonly requestHandler: { readonly connectionTimeout: number; readonly socketTimeout: number }
}

/** How long a connection may take to come about, in milliseconds. */
const CONNECTION_TIMEOUT_MS = 10_000
/** How long a connection may be silent, in milliseconds: a server that never answers is an error, which the SDK retries. */
const SOCKET_TIMEOUT_MS = 60_000

/** For a simulator on this machine, which takes any. */
const HARMLESS: AwsCredentials = { accessKeyId: 'sidestep', secretAccessKey: 'sidestep' }

/** Where the SDK's chain finds credentials without a look at files or the instance. */
const VARIABLES: readonly string[] = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
]

/**
 * What clients are made with inside of a job, where the SDK's own chain finds the job's role. It loads nothing, so a bundle does not
 * grow by it.
 */
export function jobClientConfig({ region, profile, endpoint }: AwsLocation): AwsClientConfig {
  const needsNone = endpoint !== undefined && isLoopback(endpoint) && profile === undefined && !hasCredentials()
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(needsNone ? { credentials: HARMLESS } : {}),
    customUserAgent: 'sidestep',
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: SOCKET_TIMEOUT_MS },
  }
}

function hasCredentials(): boolean {
  return VARIABLES.some((name) => (process.env[name] ?? '') !== '')
}
