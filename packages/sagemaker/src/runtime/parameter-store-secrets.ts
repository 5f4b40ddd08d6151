import type { SecretResolver } from '@sidestep/core'

import { missingSecret, secretClientConfig, secretError } from './secret-error.ts'
import { PARAMETER_STORE } from './secret-schemes.ts'

/**
 * `aws-ssm:/path/of/a/parameter`, or its ARN, is the value of a parameter of the Parameter Store, decrypted; `:3` or `:label` behind it
 * is a version.
 */
export const parameterStoreSecrets: SecretResolver = {
  scheme: PARAMETER_STORE,
  resolve: async (name) => {
    const place = `${PARAMETER_STORE}:${name}`
    if (name === '') throw missingSecret(place, 'it names no parameter', 'Write aws-ssm:/path/of/the/parameter.')
    const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm')
    const config = secretClientConfig(name, place)
    const client = new SSMClient(config)
    try {
      const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
      if (Parameter?.Value !== undefined) return Parameter.Value
    } catch (error) {
      const command = `aws ssm get-parameter --name ${name}`
      throw secretError(error, { place, action: 'ssm:GetParameter', command, region: config.region })
    } finally {
      client.destroy()
    }
    throw missingSecret(place, 'the parameter has no value', 'Put one, of the type SecureString.')
  },
}
