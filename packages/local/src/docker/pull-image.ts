import { configError, SidestepError } from '@sidestep/core'
import { isLoopback, parseReference } from '@sidestep/images'

import { EngineError, type EngineClient } from './engine-client.ts'
import { textLines } from './text-lines.ts'

/** Who asks a registry. */
export interface PullLogin {
  readonly username: string
  readonly password: string
}

export interface PullOptions {
  readonly signal: AbortSignal
  /** Absent: nobody is logged in. */
  readonly login?: PullLogin | undefined
  /** Told now and then, with the part of all bytes that is there, from 0 to 1. */
  readonly onProgress?: (part: number) => void
}

/** A layer may be unpacked for long, and the engine says nothing meanwhile. */
const LONGEST_SILENCE_MS = 10 * 60_000

/** Whether the engine has the image. By digest, so it is the same one. */
export async function hasImage(client: EngineClient, image: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.call('GET', `/images/${encodeURI(image)}/json`, { signal })
    return true
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return false
    throw error
  }
}

/** Lets the engine get an image. Rejects with `IMAGE_UNKNOWN`, an `auth` error, or `REGISTRY_FAILED`. */
export async function pullImage(client: EngineClient, image: string, options: PullOptions): Promise<void> {
  const [name = image, digest] = image.split('@')
  const query = digest === undefined ? { fromImage: name } : { fromImage: name, tag: digest }
  try {
    try {
      await pull(client, '/images/create', { ...options, query })
    } catch (error) {
      if (!isRefusedWithoutTls(error) || !isLocal(image)) throw error
      // Docker takes a registry of its own machine without TLS; Podman has to be told so, in its own API.
      await pull(client, '/libpod/images/pull', { ...options, query: { reference: image, tlsVerify: 'false' } })
    }
  } catch (error) {
    options.signal.throwIfAborted()
    throw pullError(error, image)
  }
}

async function pull(
  client: EngineClient,
  path: string,
  { query, signal, login, onProgress }: PullOptions & { readonly query: Readonly<Record<string, string>> },
): Promise<void> {
  const progress = new Map<string, PullProgress>()
  const answer = await client.stream('POST', path, {
    query,
    signal,
    silenceMs: LONGEST_SILENCE_MS,
    takesLong: true,
    headers: login === undefined ? {} : { 'x-registry-auth': encodeLogin(login) },
  })
  for await (const line of textLines(answer)) {
    const { error, id, progressDetail } = JSON.parse(line) as PullLine
    if (error !== undefined) throw new EngineError(500, error)
    if (id === undefined || progressDetail?.total === undefined) continue
    progress.set(id, { current: progressDetail.current ?? 0, total: progressDetail.total })
    onProgress?.(partOf([...progress.values()]))
  }
}

function isRefusedWithoutTls(error: unknown): boolean {
  return error instanceof EngineError && /server gave HTTP response to HTTPS client/i.test(error.message)
}

function isLocal(image: string): boolean {
  return isLoopback(new URL(`http://${parseReference(image).registry}`).hostname)
}

interface PullProgress {
  readonly current: number
  readonly total: number
}

interface PullLine {
  readonly error?: string
  readonly id?: string
  readonly progressDetail?: Partial<PullProgress>
}

function partOf(layers: readonly PullProgress[]): number {
  const sum = (of: (layer: PullProgress) => number): number => layers.reduce((total, layer) => total + of(layer), 0)
  return Math.min(
    sum(({ current }) => current) /
      Math.max(
        sum(({ total }) => total),
        1,
      ),
    1,
  )
}

function encodeLogin({ username, password }: PullLogin): string {
  // How `docker login` writes a token in place of a password.
  const login = username === '<token>' ? { identitytoken: password } : { username, password }
  // Engines take one without its padding for none at all, and say nothing.
  const text = Buffer.from(JSON.stringify(login)).toString('base64')
  return text.replaceAll('+', '-').replaceAll('/', '_')
}

function pullError(error: unknown, image: string): unknown {
  if (!(error instanceof EngineError)) return error
  const text = `the engine cannot pull ${image}: ${error.message}`
  if (/toomanyrequests|too many requests|rate limit/i.test(error.message)) {
    const hint = 'Log in with `docker login`, or mirror the image in a registry of your own; or try again later.'
    return new SidestepError(text, { code: 'REGISTRY_FAILED', kind: 'infra', hint, cause: error })
  }
  if (/unauthorized|denied|authentication required|no basic auth|invalid username\/password/i.test(error.message)) {
    const hint = 'Log in with `docker login`, as the user that runs this.'
    return new SidestepError(text, { code: 'REGISTRY_FAILED', kind: 'auth', hint, cause: error })
  }
  if (/not found|manifest unknown|no such image|name unknown|does not exist/i.test(error.message)) {
    return configError('IMAGE_UNKNOWN', text, 'Is the image still in its registry?', error)
  }
  if (/no matching manifest|does not match the (?:specified|detected) platform/i.test(error.message)) {
    return configError('IMAGE_INVALID', text, 'Build it for the platform of the engine.', error)
  }
  if (isRefusedWithoutTls(error)) {
    const hint = 'Let the registry use TLS, or list it as insecure in the configuration of the engine.'
    return new SidestepError(text, { code: 'REGISTRY_FAILED', kind: 'config', hint, cause: error })
  }
  const hint = isLocal(image)
    ? "Does the registry run on the engine's machine? The loopback of another machine is not this one."
    : 'Does the engine reach the registry?'
  return new SidestepError(text, { code: 'REGISTRY_FAILED', kind: 'infra', hint, cause: error })
}
