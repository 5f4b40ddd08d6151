import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { expect, onTestFinished, test } from 'vitest'

import { startSimulator, type Simulator } from '../../src/index.ts'

async function started(): Promise<{ simulator: Simulator; client: STSClient }> {
  const simulator = await startSimulator('aws')
  onTestFinished(async () => simulator.close())
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const { endpoint } = simulator
  return { simulator, client: new STSClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 }) }
}

async function post(endpoint: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(endpoint, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', ...headers },
  })
}

test('it says who asks', async () => {
  const { simulator, client } = await started()
  expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '123456789012',
    Arn: 'arn:aws:iam::123456789012:user/simulator',
    UserId: 'AIDASIMULATOREXAMPLE1',
  })
  expect(simulator.calls).toMatchObject([{ service: 'sts', operation: 'GetCallerIdentity', status: 200 }])
})

test('what it does not have it refuses', async () => {
  const { client } = await started()
  await expect(client.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
    name: 'InvalidAction',
    message: 'Could not find operation GetSessionToken for version 2011-06-15',
  })
})

test('a request needs a signature, for this service', async () => {
  const { simulator } = await started()
  const body = 'Action=GetCallerIdentity&Version=2011-06-15'
  const unsigned = await post(simulator.endpoint, body)
  expect(unsigned.status).toBe(403)
  expect(await unsigned.text()).toContain('<Code>MissingAuthenticationToken</Code>')
  const malformed = await post(simulator.endpoint, body, { authorization: 'AWS4-HMAC-SHA256 <Credential>' })
  expect(malformed.status).toBe(400)
  const text = await malformed.text()
  expect(text).toContain('<Code>IncompleteSignature</Code>')
  // What it repeats is no part of the document.
  expect(text).toContain('&lt;Credential&gt;')
})

test('faults come in the words of STS', async () => {
  const { simulator, client } = await started()
  const kinds = { throttle: 'Throttling', 'server-error': 'InternalFailure', 'expired-token': 'ExpiredToken' } as const
  for (const [kind, code] of Object.entries(kinds)) {
    simulator.addFaults({ operation: 'sts.GetCallerIdentity', kind: kind as keyof typeof kinds })
    const answer = client.send(new GetCallerIdentityCommand({}))
    await expect(answer).rejects.toSatisfy((error: Error) => error.name.startsWith(code))
  }
})
