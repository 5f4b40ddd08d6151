import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

import { codeOf, configError } from '../errors.ts'

export interface NpmOptions {
  readonly cwd: string
  readonly signal: AbortSignal
  readonly onOutput?: (line: string) => void
  /** Gets one line, once: why npm gets no answer and tries again, or for how long it has had none. */
  readonly onSilence?: (line: string) => void
}

/** npm ended with an error. */
export class NpmError extends Error {
  override readonly name: string = 'NpmError'
  /** npm's own code, such as `E404`. */
  readonly code: string | undefined
  readonly summary: string
  /** The last lines that npm printed. */
  readonly lastLines: readonly string[]

  constructor(code: string | undefined, summary: string, lastLines: readonly string[]) {
    super(`npm failed${code === undefined ? '' : ` (${code})`}: ${summary}`)
    this.code = code
    this.summary = summary
    this.lastLines = lastLines
  }
}

const QUIET = [
  '--no-audit',
  '--no-fund',
  '--no-progress',
  '--no-update-notifier',
  '--ignore-scripts',
  // The least that tells of attempts to fetch something that have failed.
  '--loglevel=http',
  '--json',
]
const LINES_KEPT = 20
const LONGEST_ANSWER = 1024 * 1024
/** What the log level brings beside errors. */
const NO_ERROR = /^npm (?:http|notice|warn|WARN)\b/
/** How long npm may say nothing of a registry before that is told, in milliseconds. */
const SILENCE_MS = 15_000

/**
 * Runs npm in a process group of its own; an abort, and the exit of this process, kill the group. Rejects with an {@link NpmError} when npm says no,
 * and with a `config` error where there is no npm.
 */
export async function runNpm(args: readonly string[], { cwd, signal, onOutput, onSilence }: NpmOptions): Promise<void> {
  signal.throwIfAborted()
  const child = spawn('npm', [...args, ...QUIET], {
    cwd,
    env: npmEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const group = child.pid === undefined ? undefined : followGroup(child.pid)
  const kill = (): void => group?.kill()
  signal.addEventListener('abort', kill, { once: true })
  const lastLines: string[] = []
  const silence = followSilence(onSilence)
  createInterface({ input: child.stderr }).on('line', (line) => {
    silence.hear(line)
    if (NO_ERROR.test(line)) return
    lastLines.push(line)
    if (lastLines.length > LINES_KEPT) lastLines.shift()
    onOutput?.(line)
  })
  const answer = textOf(child.stdout)
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    signal.throwIfAborted()
    if (exitCode !== 0) throw npmError(answer(), lastLines, exitCode)
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? npmMissing(error) : error
  } finally {
    silence.end()
    signal.removeEventListener('abort', kill)
    group?.leave()
  }
}

interface Silence {
  hear(line: string): void
  end(): void
}

/** npm tries again by itself, for minutes, and says so in its log only. */
function followSilence(onSilence: ((line: string) => void) | undefined): Silence {
  let tell = onSilence
  const tellOnce = (line: string): void => {
    clearTimeout(timer)
    tell?.(line)
    tell = undefined
  }
  const timer = setTimeout(
    () => tellOnce(`npm has had no answer of a registry for ${SILENCE_MS / 1_000} s, and goes on waiting`),
    SILENCE_MS,
  )
  return {
    hear: (line) => {
      const [, url, why] = /^npm http fetch \w+ (\S+) attempt \d+ failed with (\S+)/.exec(line) ?? []
      if (url !== undefined && why !== undefined)
        tellOnce(`npm gets no answer from ${hostOf(url)}, trying again (${why})`)
      else if (line.startsWith('npm http ')) clearTimeout(timer)
    },
    end: () => clearTimeout(timer),
  }
}

/** A URL may hold a password. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'its registry'
}

/** Each npm that runs, by the process group that it leads: nobody ends those with this process but this process. */
const groups = new Set<number>()

interface Group {
  kill(): void
  /** Once it has ended, its number may become another's. */
  leave(): void
}

function followGroup(pid: number): Group {
  if (groups.size === 0) process.on('exit', killGroups)
  groups.add(pid)
  return {
    kill: () => killGroup(pid),
    leave: () => {
      groups.delete(pid)
      if (groups.size === 0) process.off('exit', killGroups)
    },
  }
}

function killGroups(): void {
  for (const pid of groups) killGroup(pid)
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}

/** Who runs us through npm passes settings on that are meant for its own project. */
function npmEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^npm_config_(?:workspaces?|include_workspace_root|global|location|prefix|local_prefix|dry_run|package_lock|package_lock_only|lockfile_version|omit|include|only|production|ignore_scripts|json|loglevel|os|cpu|libc)$/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}

function textOf(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    if (text.length < LONGEST_ANSWER) text += chunk
  })
  return () => text
}

function npmError(answer: string, lastLines: readonly string[], exitCode: number | null): NpmError {
  const { code, summary } = saidError(answer)
  const printed = lastLines
    .map((line) => /^npm (?:error|ERR!) code (\w+)/.exec(line)?.[1])
    .find((it) => it !== undefined)
  return new NpmError(code ?? printed, summary ?? lastLines.at(-1) ?? `exit code ${exitCode}`, lastLines)
}

/** `--json` makes npm print `{ "error": { "code", "summary", "detail" } }`. */
function saidError(answer: string): { readonly code?: string; readonly summary?: string } {
  try {
    return (JSON.parse(answer) as { error?: { code?: string; summary?: string } }).error ?? {}
  } catch {
    // Killed or crashed before it could say anything: the lines on stderr are all there is.
    return {}
  }
}

function npmMissing(cause: unknown): Error {
  return configError(
    'REQUIREMENTS_FAILED',
    'npm is needed to install the requirements of a step, and is not on PATH',
    'Install Node with npm (https://nodejs.org), or add its folder to PATH.',
    cause,
  )
}
