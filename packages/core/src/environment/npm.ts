import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

import { codeOf, configError } from '../errors.ts'

export interface NpmOptions {
  readonly cwd: string
  readonly signal: AbortSignal
  readonly onOutput?: (line: string) => void
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
  '--loglevel=error',
  '--json',
]
const LINES_KEPT = 20
const LONGEST_ANSWER = 1024 * 1024

/**
 * Runs npm in a process group of its own; an abort, and the exit of this process, kill the group. Rejects with an {@link NpmError} when npm says no,
 * and with a `config` error where there is no npm.
 */
export async function runNpm(args: readonly string[], { cwd, signal, onOutput }: NpmOptions): Promise<void> {
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
  createInterface({ input: child.stderr }).on('line', (line) => {
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
    signal.removeEventListener('abort', kill)
    group?.leave()
  }
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
