import { ServiceError } from '../ground/service.ts'

/** What an error of an AWS JSON service says beyond its code and message. */
export interface AwsJsonErrorOptions {
  /** Default: 400, which these services answer for all that is the client's fault. */
  readonly status?: number
  /** How the body spells its message: as the service's model has it, `Message` in some. Default: `message`. */
  readonly messageKey?: 'message' | 'Message'
  /** Members of the body beside the code and the message. */
  readonly members?: Readonly<Record<string, unknown>>
}

/** An error in the words of an AWS service that speaks JSON: `{"__type": code, "message": …}`. */
export class AwsJsonError extends ServiceError {
  /** The answer's document. */
  readonly document: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, options: AwsJsonErrorOptions = {}) {
    const { status = 400, messageKey = 'message', members = {} } = options
    super(status, code, message)
    this.document = { __type: code, [messageKey]: message, ...members }
  }
}
