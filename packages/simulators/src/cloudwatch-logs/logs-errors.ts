import { AwsJsonError } from '../aws-json/aws-json-error.ts'

/** A request that breaks a rule. */
export function invalidParameter(message: string): AwsJsonError {
  return new AwsJsonError('InvalidParameterException', message)
}

/** A group or a stream that is not there. */
export function notFound(what: 'log group' | 'log stream'): AwsJsonError {
  return new AwsJsonError('ResourceNotFoundException', `The specified ${what} does not exist.`)
}

/** The service cannot do it now. */
export function unavailable(): AwsJsonError {
  return new AwsJsonError('ServiceUnavailableException', 'The service cannot complete the request.', { status: 503 })
}
