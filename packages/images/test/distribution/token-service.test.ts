import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { RegistryClient } from '@sidestep/images'

import { signal } from './support/content.ts'

/** A registry with an empty repository and an odd token service: what the simulator's does not do. */
interface Oddity {
  /** Of the challenge, after `Bearer `; `HOST` is the registry's own. */
  challenge: string
  answer: object | string
  status?: number
}

let server: Server
let host: string
let oddity: Oddity
let asked: {
  readonly method: string
  readonly url: string
  readonly body: string
  readonly authorization: string | undefined
}[]

beforeEach(async () => {
  asked = []
  server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = Buffer.concat((await incoming.toArray()) as Buffer[]).toString()
      const { method = '', url = '', headers } = incoming
      asked.push({ method, url, body, authorization: headers.authorization })
      if (url.startsWith('/token')) {
        outgoing.statusCode = oddity.status ?? 200
        outgoing.end(typeof oddity.answer === 'string' ? oddity.answer : JSON.stringify(oddity.answer))
      } else if (headers.authorization === 'Bearer good') {
        outgoing.writeHead(404).end()
      } else
        outgoing.writeHead(401, { 'www-authenticate': `Bearer ${oddity.challenge.replaceAll('HOST', host)}` }).end()
    })()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

const CHALLENGE = 'realm="http://HOST/token?x=1",service="odd"'

async function ask(username = 'ann'): Promise<unknown> {
  const client = new RegistryClient({
    registry: host,
    retryDelayMs: 1,
    login: async () => ({ username, password: 'hunter2' }),
  })
  try {
    return await client.repository('team/a').manifest('v1', { signal })
  } finally {
    client.close()
  }
}

test('`access_token`, and a realm with a query', async () => {
  oddity = { challenge: CHALLENGE, answer: { access_token: 'good' } }
  expect(await ask()).toBe(undefined)
  expect(asked.map(({ url }) => decodeURIComponent(url))).toEqual([
    '/v2/team/a/manifests/v1',
    '/token?x=1&service=odd&scope=repository:team/a:pull',
    '/v2/team/a/manifests/v1',
  ])
})

test('an identity token is sent as OAuth2 has it, and nowhere else', async () => {
  oddity = { challenge: CHALLENGE, answer: { access_token: 'good', expires_in: 300 } }
  expect(await ask('<token>')).toBe(undefined)
  expect(asked[1]).toMatchObject({ method: 'POST', authorization: undefined })
  expect(Object.fromEntries(new URLSearchParams(asked[1]?.body))).toEqual({
    grant_type: 'refresh_token',
    service: 'odd',
    client_id: 'sidestep',
    scope: 'repository:team/a:pull',
    refresh_token: 'hunter2',
  })
})

test('a scope that the registry asks for beside ours', async () => {
  oddity = { challenge: `${CHALLENGE},scope="aws"`, answer: { token: 'good' } }
  await ask()
  expect(asked[1]?.url).toContain('scope=aws')
})

test.each([
  ['no token', { challenge: CHALLENGE, answer: {} }, 'answers without a token'],
  ['no JSON', { challenge: CHALLENGE, answer: 'hunter2' }, 'answers without a token'],
  ['no realm', { challenge: 'service="odd"', answer: {} }, 'does not say where'],
  ['a realm without TLS', { challenge: 'realm="http://tokens.test/"', answer: {} }, 'without TLS'],
  ['a token that does not do', { challenge: CHALLENGE, answer: { token: 'bad' } }, 'Not allowed to read'],
  ['a refusal', { challenge: CHALLENGE, answer: { details: 'incorrect username' }, status: 401 }, 'incorrect username'],
])('%s', async (_name, next, problem) => {
  oddity = next
  const failure = await ask().catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'REGISTRY_FAILED', message: expect.stringContaining(problem) as string })
  expect(String(failure)).not.toContain('hunter2')
})

test('a redirect of the token service does not get the refresh token', async () => {
  oddity = { challenge: CHALLENGE, answer: {}, status: 200 }
  const other = createServer((_incoming, outgoing) => outgoing.end('{}')).listen(0, '127.0.0.1')
  await once(other, 'listening')
  let reached = false
  other.on('request', () => (reached = true))
  server.prependListener('request', (incoming, outgoing) => {
    if (incoming.url?.startsWith('/token'))
      outgoing.writeHead(307, { location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/` }).end()
  })
  await expect(ask('<token>')).rejects.toThrow('redirects what is sent to it')
  expect(reached).toBe(false)
  other.close()
})
