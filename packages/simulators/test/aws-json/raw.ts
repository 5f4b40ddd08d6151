import { call, type Answer } from '../support/call.ts'

/** What of a request is to be other than usual. */
export interface RawJson {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly region?: string
  readonly service?: string
  /** When it was signed, in milliseconds since 1970. Default: now. */
  readonly at?: number
}

/** A plain request with the form of a signature: what no SDK would send. A text as body is sent as it is. */
export async function rawJson(endpoint: string, target: string, changes: RawJson = {}): Promise<Answer> {
  const { body = {}, headers = {}, region = 'us-east-1', service = 'sagemaker', at = Date.now() } = changes
  const date = new Date(at).toISOString().replaceAll(/[:-]|\.\d+/g, '')
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`
  const usual = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': target,
    'x-amz-date': date,
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=${'0'.repeat(64)}`,
  }
  const all = Object.entries({ ...usual, ...headers }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return call(`${endpoint}/`, {
    method: 'POST',
    headers: Object.fromEntries(all),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
