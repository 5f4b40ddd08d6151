import { AwsJsonError } from '../aws-json/aws-json-error.ts'

/** A request that breaks a rule, in the service's common form. */
export function validationError(message: string): AwsJsonError {
  return new AwsJsonError('ValidationException', message)
}

/** Refuses what SageMaker can do and the simulator cannot. */
export function notSimulated(what: string): AwsJsonError {
  return validationError(`The simulator does not implement ${what}.`)
}

/** SageMaker has `ResourceNotFound` in its model, and answers this for a job: https://github.com/aws/aws-sdk/issues/165. */
export function jobNotFound(): AwsJsonError {
  return validationError('Requested resource not found.')
}

/** The errors of the model, whose bodies spell `Message`. */
export function modelledError(
  code: 'ResourceInUse' | 'ResourceLimitExceeded' | 'ResourceNotFound',
  message: string,
): AwsJsonError {
  return new AwsJsonError(code, message, { messageKey: 'Message' })
}

/** https://github.com/aws/amazon-sagemaker-examples/issues/3108. */
export function nameInUse(arn: string): AwsJsonError {
  return modelledError(
    'ResourceInUse',
    `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
  )
}
