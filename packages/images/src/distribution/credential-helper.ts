import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { codeOf, messageOf, SidestepError } from '@sidestep/core/component'

import type { Login } from './content.ts'

export interface HelperOptions {
  /** Of the helper: its `PATH`, and what it reads itself. */
  readonly environment: NodeJS.ProcessEnv
  /** Where it is configured, for errors: `/root/.docker/config.json`. */
  readonly file: string
  readonly signal: AbortSignal
  /** Milliseconds in which it has to answer. Default: 30 seconds, in which somebody may unlock a keychain. */
  readonly limitMs?: number
}

const DEFAULT_LIMIT_MS = 30_000
/** Milliseconds for what has the helper's outputs still open after its end. */
const PIPES_MAY_STAY_MS = 1_000
/** Bytes. */
const MOST_OUTPUT = 1_048_576
/** What docker-credential-helpers answer, on stdout and with a status that is not 0, where they have nothing. */
const NOT_FOUND = /credentials not found/i

/**
 * Asks `docker-credential-<name> get` for a registry. `undefined` where it has nothing for it. Throws an `auth` error for a
 * helper that is not there (a login that is silently left out looks like a wrong one) or that fails, an `infra` error for
 * one that does not answer.
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  options: HelperOptions,
): Promise<Login | undefined> {
  const program = `docker-credential-${name}`
  if (!/^[\w.-]+$/.test(name))
    throw helperError(`${options.file} names the credential helper "${name}", which is no name of a program.`)
  const { status, output, errors } = await run(program, server, options)
  if (status !== 0) {
    if (NOT_FOUND.test(output) || NOT_FOUND.test(errors)) return undefined
    // On failure it prints why; a secret is printed on success only, so what looks like one is kept out all the same.
    const reason = [output, errors].map((text) => text.trim()).find((text) => text !== '' && !text.includes('{'))
    throw helperError(
      `The credential helper ${program} of ${options.file} failed for ${server} (${String(status)})${reason === undefined ? '' : `: ${reason.slice(0, 400)}`}.`,
      `Run \`echo ${server} | ${program} get\` to see it, or \`docker login ${server}\` to log in again.`,
    )
  }
  return readLogin(output, program, server)
}

function readLogin(output: string, program: string, server: string): Login {
  let answer: { readonly Username?: unknown; readonly Secret?: unknown } | null
  try {
    answer = JSON.parse(output)
  } catch {
    // The parser's own message quotes what it read: a secret.
    throw helperError(`The credential helper ${program} answered for ${server}, but not with JSON.`)
  }
  if (typeof answer?.Username !== 'string' || typeof answer.Secret !== 'string') {
    throw helperError(`The credential helper ${program} answered for ${server} without Username and Secret.`)
  }
  return { username: answer.Username, password: answer.Secret }
}

interface HelperResult {
  readonly status: number | NodeJS.Signals
  readonly output: string
  readonly errors: string
}

async function run(program: string, server: string, options: HelperOptions): Promise<HelperResult> {
  const { environment, file, signal, limitMs = DEFAULT_LIMIT_MS } = options
  signal.throwIfAborted()
  const child = spawn(program, ['get'], { env: environment, stdio: 'pipe', windowsHide: true })
  const chunks = { output: [] as Buffer[], errors: [] as Buffer[] }
  const kill = (): void => void child.kill('SIGKILL')
  let size = 0
  const keep = (list: Buffer[]) => (chunk: Buffer) => {
    size += chunk.length
    if (size > MOST_OUTPUT) kill()
    else list.push(chunk)
  }
  child.stdout.on('data', keep(chunks.output))
  child.stderr.on('data', keep(chunks.errors))
  // A helper may end without reading what it is asked.
  child.stdin.on('error', () => {})
  child.stdin.end(`${server}\n`)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    kill()
  }, limitMs)
  signal.addEventListener('abort', kill, { once: true })
  try {
    const closed = once(child, 'close')
    // A helper that does not start ends in an error of both.
    closed.catch(() => {})
    const [code, killedBy] = (await once(child, 'exit').catch((error: unknown) => {
      throw startError(program, file, error)
    })) as [number | null, NodeJS.Signals | null]
    signal.throwIfAborted()
    if (isLate) throw lateError(program, server, options)
    // What the helper has left behind may hold its outputs open for ever.
    await Promise.race([closed, sleep(PIPES_MAY_STAY_MS, undefined, { ref: false })])
    const text = (list: Buffer[]): string => Buffer.concat(list).toString()
    return { status: code ?? killedBy ?? 'SIGKILL', output: text(chunks.output), errors: text(chunks.errors) }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

function lateError(
  program: string,
  server: string,
  { file, limitMs = DEFAULT_LIMIT_MS }: HelperOptions,
): SidestepError {
  return new SidestepError(
    `The credential helper ${program} of ${file} does not answer for ${server}: nothing came in ${limitMs / 1000} seconds.`,
    {
      code: 'REGISTRY_FAILED',
      kind: 'infra',
      hint: `Run \`echo ${server} | ${program} get\` to see what it waits for: it may ask somebody something.`,
    },
  )
}

function startError(program: string, file: string, error: unknown): SidestepError {
  if (codeOf(error) !== 'ENOENT')
    return helperError(`${program}, which ${file} names, does not start: ${messageOf(error)}.`)
  return helperError(
    `${file} says that ${program} knows the login, but there is no such program in the PATH.`,
    `Install ${program}, or add its folder to the PATH, or take it out of credHelpers and credsStore and run \`docker login\`.`,
  )
}

function helperError(message: string, hint?: string): SidestepError {
  return new SidestepError(message, { code: 'REGISTRY_FAILED', kind: 'auth', ...(hint === undefined ? {} : { hint }) })
}
