import { SidestepError } from '@sidestep/core/component'

import type { Challenge } from './challenge.ts'
import type { Login } from './content.ts'
import { RedirectError } from './connection-error.ts'
import { readText } from './http-answer.ts'
import type { HttpClient, HttpRequest } from './http-client.ts'
import { answerError } from './registry-answer.ts'
import { memoryBody } from './memory-body.ts'
import type { Scope } from './scope.ts'

/** A token, and until when it is worth sending. */
export interface BearerToken {
  readonly token: string
  /** Milliseconds by `performance.now()`. */
  readonly expiresAt: number
}

export interface TokenQuestion {
  readonly challenge: Challenge
  readonly scopes: readonly Scope[]
  /** Absent: an anonymous token. */
  readonly login?: Login | undefined
  readonly signal: AbortSignal
}

/** What a service means that does not say (the distribution's token specification). */
const DEFAULT_SECONDS = 60
const LONGEST_ANSWER = 1_048_576

/**
 * Asks the service that a registry names for a token: by Basic, or with an identity token by OAuth2. Throws
 * `RegistryAnswerError` for a refusal.
 */
export async function requestToken(http: HttpClient, question: TokenQuestion): Promise<BearerToken> {
  const { challenge, login, signal } = question
  const realm = URL.parse(challenge.parameters.get('realm') ?? '')
  if (realm === null) throw new RedirectError('The registry asks for a token and does not say where there are any.')
  const asked = performance.now()
  const identity = login?.username === '<token>'
  const answer = await http.send({ ...(identity ? byRefreshToken(realm, question) : byBasic(realm, question)), signal })
  if (answer.status !== 200) throw await answerError(answer)
  const text = await readText(answer, LONGEST_ANSWER)
  const { token, seconds } = parseToken(text.toString())
  if (token === undefined) {
    throw new SidestepError(`${realm.host} answers without a token.`, { code: 'REGISTRY_FAILED', kind: 'infra' })
  }
  // A token must still be good when it arrives.
  const margin = Math.min(5, seconds / 10)
  return { token, expiresAt: asked + (seconds - margin) * 1000 }
}

type Asked = Pick<HttpRequest, 'method' | 'url' | 'authorization' | 'headers' | 'body'>

function byBasic(realm: URL, { challenge, scopes, login }: TokenQuestion): Asked {
  const url = new URL(realm)
  const service = challenge.parameters.get('service')
  if (service !== undefined) url.searchParams.set('service', service)
  for (const scope of scopes) url.searchParams.append('scope', scope)
  return { method: 'GET', url, authorization: login === undefined ? undefined : basic(login) }
}

/** https://distribution.github.io/distribution/spec/auth/oauth/ */
function byRefreshToken(realm: URL, { challenge, scopes, login }: TokenQuestion): Asked {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service: challenge.parameters.get('service') ?? '',
    client_id: 'sidestep',
    scope: scopes.join(' '),
    refresh_token: login?.password ?? '',
  })
  return {
    method: 'POST',
    url: realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: memoryBody(Buffer.from(form.toString())),
  }
}

/** The value of an `Authorization`. */
export function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** Services write `token`, or OAuth2's `access_token`, or both. */
function parseToken(text: string): { token: string | undefined; seconds: number } {
  let answer: { readonly token?: unknown; readonly access_token?: unknown; readonly expires_in?: unknown } | null
  try {
    answer = JSON.parse(text)
  } catch {
    // Without the parser's message: it quotes what may be a token.
    return { token: undefined, seconds: 0 }
  }
  const token = [answer?.token, answer?.access_token].find((value) => typeof value === 'string' && value !== '')
  const seconds = Number(answer?.expires_in)
  return { token: token as string | undefined, seconds: seconds > 0 ? seconds : DEFAULT_SECONDS }
}
