import {
  type AwsClientConfig,
  type AwsCredentialSource,
  type AwsLocation,
  jobClientConfig,
} from './aws-client-config.ts'

export type { AwsClientConfig, AwsLocation } from './aws-client-config.ts'

/**
 * How long credentials without a stated end are taken for good, in milliseconds. The SDK asks again five minutes before an end,
 * so it is every ten minutes.
 */
const REREAD_MS = 15 * 60_000

/**
 * What the clients of a launcher are made with. A run waits for hours: whoever signs in again meanwhile, by `aws sso login` or by
 * writing `~/.aws/credentials`, is heard without a new start.
 */
export async function clientConfig(location: AwsLocation): Promise<AwsClientConfig> {
  const config = jobClientConfig(location)
  return config.credentials === undefined ? { ...config, credentials: await credentialsOf(location.profile) } : config
}

async function credentialsOf(profile: string | undefined): Promise<AwsCredentialSource> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers')
  // A new chain each time: an old one keeps what has no stated end for ever. The SDK remembers what it was given.
  return async (properties) => {
    const chain = fromNodeProviderChain({ ignoreCache: true, ...(profile === undefined ? {} : { profile }) })
    const found = await chain(properties)
    return { ...found, expiration: found.expiration ?? new Date(Date.now() + REREAD_MS) }
  }
}
