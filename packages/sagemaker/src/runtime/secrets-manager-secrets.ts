import type { SecretResolver } from '@sidestep/core'

import { keyOfJson } from './json-key.ts'
import { missingSecret, secretClientConfig, secretError } from './secret-error.ts'
import { SECRETS_MANAGER } from './secret-schemes.ts'

/**
 * `aws-secretsmanager:NAME`, or its ARN, is the secret's current value; with `#KEY` behind it, the value of that key of a secret that is
 * a JSON object, as the console makes them.
 */
export const secretsManagerSecrets: SecretResolver = {
  scheme: SECRETS_MANAGER,
  resolve: async (reference) => {
    const [id = '', ...rest] = reference.split('#')
    const key = rest.length === 0 ? undefined : rest.join('#')
    const place = `${SECRETS_MANAGER}:${reference}`
    if (id === '' || key === '') throw missingSecret(place, 'it names no secret', HOW)
    const text = await valueOf(id, place)
    return key === undefined ? text : keyOfJson(text, key, place)
  },
}

const HOW =
  'Write aws-secretsmanager:NAME, aws-secretsmanager:ARN, or one of them with #KEY for a key of a JSON secret.'

const HOW_EMPTY = 'See whether it has a current value, and what stands between the job and the Secrets Manager.'

async function valueOf(id: string, place: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  const config = secretClientConfig(id, place)
  const client = new SecretsManagerClient(config)
  try {
    const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: id }))
    if (SecretString !== undefined) return SecretString
    return textOf(SecretBinary, place)
  } catch (error) {
    const command = `aws secretsmanager describe-secret --secret-id ${id}`
    throw secretError(error, { place, action: 'secretsmanager:GetSecretValue', command, region: config.region })
  } finally {
    client.destroy()
  }
}

/** Variables of an environment are text. */
function textOf(bytes: Uint8Array | undefined, place: string): string {
  if (bytes === undefined) throw missingSecret(place, 'the answer has no value of it', HOW_EMPTY, 'infra')
  try {
    return new TextDecoder('utf8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // Without the error: it has no part in what is wrong, and might show some of the bytes.
  }
  throw missingSecret(place, 'the secret is binary, and a variable is text', 'Store it as text, in base64 perhaps.')
}
