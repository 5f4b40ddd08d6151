import { ACCOUNT_ID } from '../aws-json/aws-json-call.ts'
import { AwsJsonError } from '../aws-json/aws-json-error.ts'

/** A request that breaks a rule that its shape does not have. */
export function invalidParameter(name: string, constraint: string): AwsJsonError {
  return new AwsJsonError(
    'InvalidParameterException',
    `Invalid parameter at '${name}' failed to satisfy constraint: '${constraint}'`,
  )
}

/** A repository that was never made, or not in this registry. */
export function notFound(name: string, registryId: string = ACCOUNT_ID): AwsJsonError {
  return new AwsJsonError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
  )
}

/** A repository that is there. */
export function alreadyExists(name: string): AwsJsonError {
  return new AwsJsonError(
    'RepositoryAlreadyExistsException',
    `The repository with name '${name}' already exists in the registry with id '${ACCOUNT_ID}'`,
  )
}
