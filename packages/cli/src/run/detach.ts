import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { checkRunId, createHomeFolder, homeFolder, newRunId, type Runs, type RunSummary } from '@sidestep/core'
import { Answer, openProjectRuns } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { endLine, followLine } from '../view/left-jobs.ts'
import { isOver } from '../view/runs-list.ts'
import { sanitizeText } from '../view/sanitize.ts'
import { readStandardInput } from './parse-input.ts'
import type { RunCommandOptions } from './run-command.ts'
import { runIfThere } from './run-if-there.ts'
import { onSignals } from './signals.ts'

/** How often it is looked whether the run has begun. */
const LOOK_MS = 100

/** A launcher in the background. */
interface Launcher {
  readonly child: ChildProcess
  readonly log: string
  /** Of its log, where this launcher's part begins. */
  readonly logStart: number
}

/**
 * `sidestep run FILE --detach`: starts the same command in the background, in a session of its own, and waits until it
 * leads the run. Where it ends badly before that, its output is shown, and its exit code is this one's.
 */
export async function detachCommand(named: string, options: RunCommandOptions): Promise<ExitCode> {
  const answer = new Answer(options)
  let launcher: Launcher | undefined
  // Until the run has begun, Ctrl-C means the launcher too; it does not get it by itself.
  const stopListening = onSignals({
    first: () => void launcher?.child.kill('SIGTERM'),
    again: () => process.exit(EXIT.interrupted),
  })
  try {
    // It is a part of a path, before the launcher looks at it.
    const runId = options.id === undefined ? newRunId() : checkRunId(options.id)
    await using runs = await openProjectRuns()
    const stdin = options.input === '@-' ? await readStandardInput() : undefined
    launcher = startLauncher(named, { ...options, id: runId }, stdin)
    const exited = once(launcher.child, 'exit') as Promise<[code: number | null]>
    const begun = await hasBegun(runs, runId, { child: launcher.child, exited })
    if (begun !== undefined) return reportBegun(begun, launcher, answer)
    const [code] = await exited
    const said = readFileSync(launcher.log).subarray(launcher.logStart).toString()
    answer.note([sanitizeText(said).trimEnd(), '', `this is what the launcher said; it is kept in ${launcher.log}`])
    const exitCode = exitCodeOf(code)
    if (answer.isJson) answer.json({ runId, status: 'failed', exitCode, log: launcher.log })
    return exitCode
  } catch (error) {
    return answer.failed(error)
  } finally {
    stopListening()
    launcher?.child.unref()
  }
}

function startLauncher(
  named: string,
  options: RunCommandOptions & { readonly id: string },
  stdin: string | undefined,
): Launcher {
  const { id, stack, input, verbose } = options
  const home = homeFolder()
  createHomeFolder(home)
  const folder = join(home, 'launchers')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const log = join(folder, `${id}.log`)
  const file = openSync(log, 'a', 0o600)
  const logStart = fstatSync(file).size
  const args = [
    'run',
    named,
    '--id',
    id,
    ...(stack === undefined ? [] : ['--stack', stack]),
    ...(input === undefined ? [] : ['--input', input]),
    ...(verbose ? ['--verbose'] : []),
  ]
  const [, program = ''] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    detached: true,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', file, file],
  })
  closeSync(file)
  child.stdin?.end(stdin)
  return { child, log, logStart }
}

/** Resolves to the run once the launcher leads it, or has brought it to a good end; to nothing where it ended otherwise. */
async function hasBegun(
  runs: Runs,
  runId: string,
  { child, exited }: { readonly child: ChildProcess; readonly exited: Promise<[code: number | null]> },
): Promise<RunSummary | undefined> {
  for (;;) {
    const isOut = child.exitCode !== null || child.signalCode !== null
    const run = await runIfThere(runs, runId)
    if (run?.owner?.pid === child.pid && run?.state === 'running') return run
    if (isOut) return child.exitCode === EXIT.success ? run : undefined
    await Promise.race([delay(LOOK_MS), exited])
  }
}

function reportBegun(run: RunSummary, { child, log }: Launcher, answer: Answer): ExitCode {
  const { runId, pipeline, stack, state } = run
  if (answer.isJson) {
    answer.json({ runId, pipeline, stack, status: isOver(state) ? state : 'running', pid: child.pid, log })
    return EXIT.success
  }
  answer.print([runId])
  answer.note([
    isOver(state) ? `the run has ended already: ${state}` : `the run goes on in the background, pid ${child.pid}`,
    followLine(runId),
    endLine(runId),
    `its output: ${log}`,
  ])
  return EXIT.success
}

/** Of a launcher that ended before the run began. One that was killed has no code. */
function exitCodeOf(code: number | null): ExitCode {
  return Object.values(EXIT).find((known) => known === code) ?? EXIT.failed
}
