import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'

import { call, type Answer, type Call } from '../support/call.ts'
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator.ts'

/** A simulator for the tests of a file, and clients of the official SDK for it. */
export interface Aws {
  readonly simulator: Simulator
  /** Asks once; `maxAttempts` of its own lets it repeat. */
  client(config?: S3ClientConfig): S3Client
}

export function aws(options: SimulatorOptions = {}): Aws {
  let simulator: Simulator | undefined
  const clients: S3Client[] = []
  const started = (): Simulator => {
    if (simulator === undefined) throw new Error('the simulator has not started yet')
    return simulator
  }
  beforeAll(async () => {
    simulator = await startSimulator('aws', options)
  })
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy()
    const broken = started().calls.filter(({ failure }) => failure !== undefined)
    expect(broken).toEqual([])
  })
  afterAll(async () => simulator?.close())
  return {
    get simulator() {
      return started()
    },
    client: (config = {}) => {
      const client = new S3Client({
        endpoint: started().endpoint,
        region: 'us-east-1',
        forcePathStyle: true,
        maxAttempts: 1,
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
        ...config,
      })
      clients.push(client)
      return client
    },
  }
}

/** The name of the error that a call ends with. */
export async function errorOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  )
}

/** A plain request with the form of a signature: what no SDK would send. `x-amz-date` is now unless it is given. */
export async function raw(
  url: string,
  { headers = {}, region = 'us-east-1', ...rest }: Call & { readonly region?: string } = {},
): Promise<Answer & { readonly error: string | undefined }> {
  const date = new Date().toISOString().replaceAll(/[:-]|\.\d+/g, '')
  const all = { 'x-amz-date': date, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers }
  const names = ['host', ...Object.keys(all).filter((name) => name.startsWith('x-amz-'))]
  const scope = `${String(all['x-amz-date']).slice(0, 8)}/${region}/s3/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${names.toSorted().join(';')}, Signature=${'0'.repeat(64)}`
  const answer = await call(url, { headers: { authorization, ...all }, ...rest })
  return { ...answer, error: /<Code>(\w+)<\/Code>/.exec(answer.body.toString())?.[1] }
}
