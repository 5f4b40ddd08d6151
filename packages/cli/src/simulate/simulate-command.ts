import { codeOf, configError, messageOf, nearestName, type SidestepError } from '@sidestep/core/project'
import { Answer, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { onSignals } from '../run/signals.ts'
import { jsonError } from '../view/json-report.ts'
import { sanitizeText } from '../view/sanitize.ts'
import { callsText, countCalls, jobsText, simulatorText } from '../view/simulator-text.ts'
import { loadSimulators, type StartedSimulator } from './simulators-package.ts'
import { readFault } from './wanted-fault.ts'
import { readRate } from './wanted-rate.ts'

export interface SimulateOptions extends AnswerOptions {
  /** Those that can be simulated. */
  readonly clouds: readonly string[]
  readonly port?: number
  readonly timeScale?: number
  readonly folder?: string
  readonly fault?: readonly string[]
  readonly rate?: readonly string[]
  /** In milliseconds. */
  readonly listDelay?: number
  readonly seed?: string
}

/** `sidestep simulate CLOUD`: goes on until it is told to end. */
export async function simulateCommand(cloud: string, options: SimulateOptions): Promise<ExitCode> {
  const answer = new Answer(options)
  if (!options.clouds.includes(cloud)) return answer.failed(noSuchCloud(cloud, options.clouds))
  const stopped = Promise.withResolvers<void>()
  // From the start on: what was begun is closed in order.
  const stopListening = onSignals({ first: () => stopped.resolve(), again: () => process.exit(EXIT.interrupted) })
  try {
    const simulator = await start(cloud, options)
    await announce(cloud, simulator, { answer, options })
    await stopped.promise
    return await end(simulator, answer)
  } catch (error) {
    return answer.failed(error)
  } finally {
    stopListening()
  }
}

function noSuchCloud(cloud: string, clouds: readonly string[]): SidestepError {
  const near = nearestName(cloud, clouds)
  return configError(
    'CONFIG_INVALID',
    `there is no simulator of a cloud ${JSON.stringify(cloud)}`,
    `${near === undefined ? '' : `Did you mean ${near}? `}There are: ${clouds.join(', ')}.`,
  )
}

async function start(cloud: string, options: SimulateOptions): Promise<StartedSimulator> {
  const { port, timeScale, folder, seed, fault = [], rate = [], listDelay } = options
  const faults = fault.map(readFault)
  const rates = Object.fromEntries(rate.map(readRate))
  const { startSimulator, ScaledClock } = await loadSimulators()
  try {
    const simulator = await startSimulator(cloud, {
      ...(port === undefined ? {} : { port }),
      ...(seed === undefined ? {} : { seed }),
      ...(folder === undefined ? {} : { folder }),
      ...(rate.length === 0 ? {} : { rates }),
      ...(listDelay === undefined ? {} : { listDelayMs: listDelay }),
      ...(timeScale === undefined ? {} : { clock: new ScaledClock(timeScale) }),
    })
    await closedOnFailure(simulator, () => simulator.addFaults(...faults))
    return simulator
  } catch (error) {
    throw refused(error, port)
  }
}

/** What the simulator cannot do as it was asked to is wrong input. */
function refused(error: unknown, port: number | undefined): unknown {
  if (error instanceof RangeError) {
    return configError('CONFIG_INVALID', messageOf(error), 'docs/simulators.md lists what there is.', error)
  }
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return configError(
        'CONFIG_INVALID',
        `another program listens on the port ${port} of 127.0.0.1`,
        'Give another port, or none: then any free one is taken.',
        error,
      )
    case 'EACCES':
    case 'ENOTDIR':
    case 'EEXIST':
      return configError(
        'CONFIG_INVALID',
        `the simulator cannot start: ${messageOf(error)}`,
        'Give a port from 1024 on, and a folder that this user may write to.',
        error,
      )
    default:
      return error
  }
}

/** Says where it is: endpoint and variables on stdout, the rest beside it. */
async function announce(
  cloud: string,
  simulator: StartedSimulator,
  { answer, options }: { readonly answer: Answer; readonly options: SimulateOptions },
): Promise<void> {
  const { endpoint, registry = null, services, environment, seed } = simulator
  const { folder, fault = [] } = options
  const jobs = await closedOnFailure(simulator, async () => simulator.describeJobs())
  if (answer.isJson) {
    answer.json({ simulator: cloud, endpoint, registry, services, environment, jobs, seed, folder: folder ?? null })
    return
  }
  answer.print(simulatorText(cloud, simulator, answer.style))
  answer.note([
    sanitizeText(jobs),
    ...(fault.length === 0 ? [] : [`the seed of its faults is ${sanitizeText(seed)}`]),
    'Ctrl-C ends it',
  ])
}

/** Closes it, and says what came. */
async function end(simulator: StartedSimulator, answer: Answer): Promise<ExitCode> {
  const [closed] = await Promise.allSettled([simulator.close()])
  const failure = closed.status === 'fulfilled' ? undefined : (closed.reason as unknown)
  const counts = countCalls(simulator)
  if (answer.isJson) {
    const error = failure === undefined ? null : jsonError(failure, answer)
    answer.json({ calls: Object.fromEntries(counts), jobs: simulator.jobs, error })
  } else {
    answer.print([...callsText(counts, answer.style), ...jobsText(simulator.jobs, answer.style)])
  }
  if (failure === undefined) return EXIT.success
  const text = answer.verbose && failure instanceof Error ? (failure.stack ?? failure.message) : messageOf(failure)
  answer.note([`${answer.noteStyle('red', '✖')} ${sanitizeText(text)}`])
  return EXIT.failed
}

async function closedOnFailure<T>(simulator: StartedSimulator, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    // What no call could meet yet is not told beside the reason.
    simulator.clearFaults()
    await simulator.close()
    throw error
  }
}
