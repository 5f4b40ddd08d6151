import { realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { codeOf, configError, messageOf, SidestepError } from '@sidestep/core/component'

import { runProgram, type ProgramResult } from './run-program.ts'

/** A client that can build, and whose engine answers. */
export interface Engine {
  readonly kind: 'docker' | 'podman'
  readonly program: string
  /** Of the client, as it says it: `20.10.24`. */
  readonly version: string
  /** What the client is run with. */
  readonly environment: NodeJS.ProcessEnv
}

/** Where to look for it. */
export interface FindEngineOptions {
  readonly program?: string
  readonly host?: string
  readonly signal: AbortSignal
  /** Milliseconds in which an engine has to answer. Default: 15 seconds. */
  readonly limitMs?: number
}

const DEFAULT_LIMIT_MS = 15_000

/** The first major version of Docker's client that builds with a plugin, buildx. */
const NEEDS_BUILDX = 23

/**
 * Finds what builds: a client of Docker that has BuildKit, else Podman. Rejects with `IMAGE_FAILED` that says of each
 * why it cannot: `config` where none can build, `infra` where an engine does not answer.
 */
export async function findEngine({
  program,
  host,
  signal,
  limitMs = DEFAULT_LIMIT_MS,
}: FindEngineOptions): Promise<Engine> {
  const environment = {
    ...process.env,
    ...(host === undefined ? {} : { DOCKER_HOST: host, CONTAINER_HOST: host }),
    DOCKER_BUILDKIT: '1',
    // The engine's own builder, whose images its `push` finds, and manifests without a build's provenance.
    BUILDX_BUILDER: 'default',
    BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
    DOCKER_CLI_HINTS: 'false',
  }
  const problems: string[] = []
  let isAnyMute = false
  for (const candidate of program === undefined ? programs() : [program]) {
    const found = await examine(candidate, environment, { signal, limitMs })
    if ('engine' in found) return found.engine
    isAnyMute ||= found.isMute
    problems.push(`${candidate}: ${found.problem}`)
  }
  const message = `no engine can build the image: ${problems.length === 0 ? 'neither docker nor podman is in PATH' : problems.join('; ')}`
  if (!isAnyMute) {
    const hint = 'Install Docker with its buildx plugin, or Podman, or name another client as `program`.'
    throw configError('IMAGE_FAILED', message, hint)
  }
  throw new SidestepError(message, {
    code: 'IMAGE_FAILED',
    kind: 'infra',
    hint: 'Start the engine, or let DOCKER_HOST name another one. Without dockerfile, aptPackages and pipRequirements none is needed.',
  })
}

/** `isMute`: it can build, but its engine does not answer. */
type Examined = { readonly engine: Engine } | { readonly problem: string; readonly isMute: boolean }

async function examine(
  program: string,
  environment: NodeJS.ProcessEnv,
  { signal, limitMs }: Required<Pick<FindEngineOptions, 'signal' | 'limitMs'>>,
): Promise<Examined> {
  const said: string[] = []
  const run = async (...args: string[]): Promise<ProgramResult | 'late'> => {
    said.length = 0
    const limit = AbortSignal.timeout(limitMs)
    const both = AbortSignal.any([signal, limit])
    try {
      return await runProgram({ program, args, environment }, { signal: both, onLine: (line) => said.push(line) })
    } catch (error) {
      signal.throwIfAborted()
      if (limit.aborted) return 'late'
      throw error
    }
  }
  const late: Examined = { problem: `its engine does not answer within ${limitMs / 1000} seconds`, isMute: true }
  try {
    // Podman comes under the name of docker, too.
    const named = await run('--version')
    if (named === 'late') return late
    const kind = /podman/iu.test(named.output) ? 'podman' : 'docker'
    const version = await run('version', '--format', kind === 'podman' ? 'json' : '{{.Client.Version}}')
    if (version === 'late') return late
    if (version.code !== 0) return { problem: said.filter((line) => !isVersion(line)).join(' '), isMute: true }
    const major = Number(/^\d+/u.exec(version.output.trim())?.[0])
    const needsPlugin = kind === 'docker' && !(major < NEEDS_BUILDX)
    const plugin = needsPlugin ? await run('buildx', 'version') : undefined
    if (plugin === 'late') return late
    if (plugin !== undefined && plugin.code !== 0) {
      return { problem: 'it has no BuildKit, because its plugin buildx is missing', isMute: false }
    }
    const clientVersion = /\d[\w.+~-]*/u.exec(named.output)?.[0] ?? ''
    return { engine: { kind, program, version: clientVersion, environment } }
  } catch (error) {
    signal.throwIfAborted()
    return { problem: codeOf(error) === 'ENOENT' ? 'there is no such program' : messageOf(error), isMute: false }
  }
}

function isVersion(line: string): boolean {
  return line === '' || /^\d[\w.+~-]*$/u.test(line)
}

/** Every client in `PATH`: one that cannot build may come before one that can. */
function programs(): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const found = new Map<string, string>()
  for (const name of ['docker', 'podman']) {
    for (const folder of folders) {
      const path = join(folder, name)
      try {
        const real = realpathSync(path)
        if (!found.has(real)) found.set(real, path)
      } catch (error) {
        if (!['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(codeOf(error) ?? '')) throw error
      }
    }
  }
  return [...found.values()]
}
