import { randomUUID } from 'node:crypto'

import { ACCOUNT_ID } from '../aws-json/aws-json-call.ts'
import { signatureOf } from '../aws-json/signature.ts'
import type { Exchange } from '../ground/exchange.ts'
import { ServiceError, type ErrorKind, type RequestLine, type Service } from '../ground/service.ts'
import { escapeXml } from '../s3/xml.ts'

const OPERATION = 'GetCallerIdentity'
const VERSION = '2011-06-15'
const NAMESPACE = `https://sts.amazonaws.com/doc/${VERSION}/`
const FORM = 'application/x-www-form-urlencoded'
/** Of the form. The one operation has no parameters. */
const MAX_REQUEST_BYTES = 64 * 1024

/** Who everybody is here: a user of the one account there is. */
const IDENTITY = {
  Arn: `arn:aws:iam::${ACCOUNT_ID}:user/simulator`,
  UserId: 'AIDASIMULATOREXAMPLE1',
  Account: ACCOUNT_ID,
}

/** AWS STS: who asks. It speaks the protocol `query`: a form in, XML out. */
export class StsService implements Service {
  readonly name = 'sts'
  readonly operations: readonly string[] = [OPERATION]
  readonly lists: readonly string[] = []
  readonly effects: readonly string[] = []
  readonly conflicts: readonly string[] = []
  readonly jobs: readonly string[] = []

  operationOf({ method, rawPath, headers }: RequestLine): string | undefined {
    const type = headers['content-type']
    const isForm = typeof type === 'string' && type.split(';', 1)[0]?.trim().toLowerCase() === FORM
    return method === 'POST' && rawPath === '/' && isForm && headers['x-amz-target'] === undefined
      ? OPERATION
      : undefined
  }

  async serve(exchange: Exchange): Promise<void> {
    checkSignature(exchange)
    const form = new URLSearchParams((await readForm(exchange)).toString())
    const [action, version] = [form.get('Action'), form.get('Version')]
    exchange.call.request = Object.fromEntries(form)
    if (action === null) throw new ServiceError(400, 'MissingAction', 'Missing Action')
    if (action !== OPERATION || version !== VERSION) {
      throw new ServiceError(
        400,
        'InvalidAction',
        `Could not find operation ${action} for version ${version ?? 'NO_VERSION_SPECIFIED'}`,
      )
    }
    const identity = Object.entries(IDENTITY).map(([name, value]) => `<${name}>${value}</${name}>`)
    send(exchange, 200, OPERATION, (id) => [
      `<${OPERATION}Result>${identity.join('')}</${OPERATION}Result>`,
      `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata>`,
    ])
  }

  answerError(exchange: Exchange, { status, code, message }: ServiceError): void {
    const type = status < 500 ? 'Sender' : 'Receiver'
    send(exchange, status, 'Error', (id) => [
      `<Error><Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`,
      `<RequestId>${id}</RequestId>`,
    ])
  }

  errorFor(kind: ErrorKind, _exchange: Exchange): ServiceError {
    return ERRORS[kind]()
  }
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
const ERRORS: Readonly<Record<ErrorKind, () => ServiceError>> = {
  throttle: () => new ServiceError(400, 'Throttling', 'Rate exceeded'),
  'server-error': () =>
    new ServiceError(500, 'InternalFailure', 'The request processing has failed because of an unknown error.'),
  'expired-token': () => new ServiceError(403, 'ExpiredToken', 'The security token included in the request is expired'),
  capacity: () =>
    new ServiceError(503, 'ServiceUnavailable', 'The request has failed due to a temporary failure of the server.'),
}

/** The codes of the other protocol, in the words of this one. */
const CODES: Readonly<Record<string, readonly [status: number, code: string, message?: string]>> = {
  MissingAuthenticationTokenException: [403, 'MissingAuthenticationToken', 'Request is missing Authentication Token'],
  IncompleteSignatureException: [400, 'IncompleteSignature'],
  InvalidSignatureException: [403, 'SignatureDoesNotMatch'],
}

function checkSignature(exchange: Exchange): void {
  try {
    signatureOf(exchange, 'sts')
  } catch (error) {
    const words = error instanceof ServiceError ? CODES[error.code] : undefined
    if (words === undefined) throw error
    const [status, code, message = (error as ServiceError).message] = words
    throw new ServiceError(status, code, message)
  }
}

async function readForm(exchange: Exchange): Promise<Buffer> {
  try {
    return await exchange.bytes(MAX_REQUEST_BYTES)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ServiceError(413, 'RequestEntityTooLarge', 'Request size exceeded')
  }
}

function send(exchange: Exchange, status: number, name: string, content: (id: string) => readonly string[]): void {
  const id = randomUUID()
  const document = [`<${name}Response xmlns="${NAMESPACE}">`, ...content(id), `</${name}Response>`].join('\n')
  exchange.send(status, { 'Content-Type': 'text/xml', 'x-amzn-RequestId': id }, `${document}\n`)
}
