import { AwsJsonError } from '../aws-json/aws-json-error.ts'

/** An error of the service's model, which spells `Message` so. */
export function modelled(code: string, message: string): AwsJsonError {
  return new AwsJsonError(code, message, { messageKey: 'Message' })
}

/** A secret that was never made, or is gone. */
export function noSecret(): AwsJsonError {
  return modelled('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
}

/** A secret without such a value. */
export function noValue(which: string): AwsJsonError {
  return modelled('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${which}`)
}

/** A secret that was deleted, and is not gone yet. */
export function markedForDeletion(): AwsJsonError {
  return modelled(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  )
}
