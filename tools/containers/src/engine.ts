import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { docker } from './docker.ts'
import { listens } from './listens.ts'
import { NotHere } from './not-here.ts'
import { cannotInstall, has } from './programs.ts'
import { startService } from './service.ts'
import type { Settings } from './settings.ts'

const run = promisify(execFile)

/** How Docker's client is asked. */
export interface AskOptions {
  /** Default: the engine that the client uses by itself. */
  readonly host?: string
  /** How long an answer may take. Default: 10 s. */
  readonly timeoutMs?: number
}

/** Whether an engine answers Docker's client. */
export async function engineAnswers({ host, timeoutMs = 10_000 }: AskOptions = {}): Promise<boolean> {
  return docker(['version'], { timeoutMs, ...(host !== undefined && { host }) }).then(
    () => true,
    () => false,
  )
}

/**
 * Starts an engine on `host` where none answers. Its images and containers lie in the state folder. Resolves to what
 * `DOCKER_HOST` has to be from now on; `undefined`: as it is. Rejects where an engine is there and does not answer.
 */
export async function ensureEngine(
  { state, host }: Pick<Settings, 'state' | 'host'>,
  { timeoutMs = 10_000 }: Pick<AskOptions, 'timeoutMs'> = {},
): Promise<string | undefined> {
  if (await engineAnswers({ timeoutMs })) return undefined
  if (!host.startsWith('unix://')) throw new Error(`the engine of DOCKER_HOST, ${host}, does not answer`)
  // By itself, the client goes where its context says.
  if (process.env['DOCKER_HOST'] === undefined && (await engineAnswers({ host, timeoutMs }))) return host
  const why = has('dockerd') ? cannotInstall() : 'dockerd is not installed'
  if (why !== undefined) throw new NotHere(`no engine answers, and none can be started: ${why}`)
  // Another one would take its socket away.
  if (await listens(host.slice('unix://'.length))) {
    const hint = `\`docker --host ${host} version\` tells why`
    throw new Error(`an engine listens on ${host}, and does not answer within ${timeoutMs / 1000} s: ${hint}`)
  }
  await startService(state, {
    name: 'dockerd',
    command: [
      'dockerd',
      '--host',
      host,
      '--data-root',
      join(state, 'docker'),
      '--exec-root',
      join(state, 'exec'),
      '--pidfile',
      join(state, 'engine-pid'),
      // Nobody waits for a container of a test.
      '--shutdown-timeout',
      '1',
    ],
    answers: () => engineAnswers({ host }),
    timeoutMs: 60_000,
  })
  return (await engineAnswers()) ? undefined : host
}

/**
 * An engine that was killed leaves its layers mounted, and nothing may be removed through them. `--lazy`: what is in use
 * leaves the tree at once, too.
 */
export async function unmountAll(state: string): Promise<void> {
  const { stdout } = await run('findmnt', ['--list', '--noheadings', '--output', 'TARGET'])
  const targets = stdout.split('\n').map((line) => line.trim())
  const own = targets.filter((target) => target.startsWith(`${state}/`)).toReversed()
  if (own.length > 0) await run('umount', ['--lazy', ...own])
}
