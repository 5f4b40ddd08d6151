import type { Clock } from '@sidestep/core'

import { OFF_MS } from '../aws/proven-time.ts'
import { timeOfAnswer } from './answer-time.ts'
import { asSidestepError, classOf, retryAfterMs, type AwsErrorClass } from './aws-error.ts'
import type { CallBudget, Operation } from './call-budget.ts'
import { unreadableAnswer } from './unreadable-answer.ts'

/** How often a call that only reads is tried, beside calls that are throttled. */
const MOST_TRIES = 3
/** How often a call is signed anew where AWS refused its time: by then either a client has learned AWS's, or none will. */
const MOST_SIGNATURES = 5
/** Between two of them, in milliseconds. */
const RETRY_MS = 250

/** A client of the SDK, as far as it is used here. */
export interface AwsClient {
  /** How far AWS's clock is ahead of this machine's, as the client has learnt it. */
  readonly config: { readonly systemClockOffset: number }
  send(command: never, options: { readonly abortSignal: AbortSignal }): Promise<unknown>
  destroy(): void
}

/** A command of the SDK, as far as it is used here. */
interface AwsCommand {
  readonly middlewareStack: {
    add(
      middleware: (next: (input: never) => Promise<object>) => (input: never) => Promise<object>,
      options: object,
    ): void
  }
}

/** An answer of AWS. */
export interface AwsAnswer<Output> {
  readonly output: Output
  /** AWS's own clock at its answer, to the second; to some minutes where the answer does not say it right. */
  readonly at: Date
}

/** One call. */
export interface AwsCall {
  readonly operation: Operation
  readonly signal: AbortSignal
  /** Whether it may be sent again where nobody knows what became of it. */
  readonly repeatable: boolean
  /** Whether the budget was asked already. */
  readonly hasTurn?: boolean
  /** Errors that the caller knows how to take: they are thrown as they are. */
  readonly expects?: (error: unknown) => boolean
  /** Whether an answer has what every answer has. Otherwise nobody knows what became of the call. */
  readonly isWhole?: (output: object) => boolean
  /** Whether answers are empty: the SDK looks at the status alone then, and takes a web page for one. */
  readonly isEmpty?: boolean
}

export interface AwsCallerOptions<Client> {
  /** For messages: `SageMaker`. */
  readonly service: string
  readonly budget: CallBudget
  readonly clock: Clock
  /** Imports the SDK and makes a client, which tries nothing twice by itself: such calls would be in no budget. */
  readonly connect: () => Promise<Client>
}

/**
 * Calls one service of AWS within the budget. What is throttled is sent again, for as long as the caller waits. Where credentials have
 * ended, new ones are asked for, once a call. What was signed at a time that AWS does not take is signed anew. Rejects with a `SidestepError`, or the signal's reason.
 */
export class AwsCaller<Client extends AwsClient> {
  readonly #options: AwsCallerOptions<Client>
  #client: Promise<Client> | undefined

  constructor(options: AwsCallerOptions<Client>) {
    this.#options = options
  }

  /** `command` makes the SDK's command, anew for each try. */
  async call<Output>(command: () => Promise<object>, call: AwsCall): Promise<AwsAnswer<Output>> {
    const { operation, signal, repeatable, expects, isWhole = isObject, isEmpty = false, hasTurn = false } = call
    const { budget, clock, service } = this.#options
    const what = `${service} ${operation}`
    let renewed = false
    let signatures = 1
    let mayCall = hasTurn
    let refusal: unknown
    for (let tries = 1; ;) {
      if (!mayCall) await this.turn(operation, signal, refusal)
      mayCall = false
      const client = this.#connected()
      let offsetMs = 0
      try {
        const connected = await client
        offsetMs = connected.config.systemClockOffset
        const answer = await send<Output>(connected, await command(), { signal, clock, what, isEmpty })
        budget.answered(operation)
        if (!isObject(answer.output) || !isWhole(answer.output)) {
          throw unreadableAnswer(`${what} was answered without what every answer has`)
        }
        return answer
      } catch (error) {
        signal.throwIfAborted()
        const found = classOf(error)
        if (ANSWERS.has(found)) budget.answered(operation)
        if (expects?.(error) === true) throw error
        if (found === 'throttled') {
          refusal = error
          budget.slowDown(operation, retryAfterMs(error))
          continue
        }
        if (found === 'expired' && !renewed) {
          renewed = true
          this.#leave(client)
          continue
        }
        if (found === 'skewed' && signatures < MOST_SIGNATURES) {
          // A client that has just learned the time does at once.
          const learnedMs = Math.abs((await client).config.systemClockOffset - offsetMs)
          if (learnedMs < OFF_MS) this.#leave(client)
          if (signatures > 1) await clock.sleep(RETRY_MS * 2 ** (signatures - 2), { signal })
          signatures += 1
          continue
        }
        if (found !== 'away' || !repeatable || tries === MOST_TRIES) throw asSidestepError(error, what)
        await clock.sleep(RETRY_MS * 2 ** (tries - 1), { signal })
        tries += 1
      }
    }
  }

  /**
   * Resolves when a call may be sent. The SDK is there by then: to load it takes as long as there is between two calls. `refusal`: why the
   * call was not taken before; whose time is over meanwhile is told that.
   */
  async turn(operation: Operation, signal: AbortSignal, refusal?: unknown): Promise<void> {
    // Why there can be no client is told by the call.
    await Promise.allSettled([this.#connected()])
    try {
      await this.#options.budget.take(operation, signal, { isRefused: refusal !== undefined })
    } catch (error) {
      if (refusal === undefined || !isTimeout(signal)) throw error
      throw asSidestepError(refusal, `${this.#options.service} ${operation}`)
    }
  }

  /** The next call makes a client of its own. Calls in flight end by themselves. */
  #leave(client: Promise<Client>): void {
    if (this.#client === client) this.#client = undefined
  }

  #connected(): Promise<Client> {
    this.#client ??= this.#options.connect().catch((error: unknown) => {
      this.#client = undefined
      throw error
    })
    return this.#client
  }
}

/** Of `AbortSignal.timeout()`: nobody wants the call to end, its time is over. */
function isTimeout({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof DOMException && reason.name === 'TimeoutError'
}

/** Errors with which AWS has answered what it was asked. */
const ANSWERS: ReadonlySet<AwsErrorClass> = new Set(['exists', 'forbidden', 'invalid', 'missing', 'quota'])

function isObject(output: unknown): output is object {
  return typeof output === 'object' && output !== null
}

async function send<Output>(
  client: AwsClient,
  command: object,
  {
    signal,
    clock,
    what,
    isEmpty,
  }: { readonly signal: AbortSignal; readonly clock: Clock; readonly what: string; readonly isEmpty: boolean },
): Promise<AwsAnswer<Output>> {
  let at: Date | undefined
  // The SDK keeps the head of an answer to itself.
  ;(command as AwsCommand).middlewareStack.add(
    (next) => async (input) => {
      const result = await next(input)
      const { headers } = (result as Exchanged).response ?? {}
      at = timeOfAnswer((input as Exchanged).request?.headers, headers)
      if (isEmpty && isPage(headers)) throw unreadableAnswer(`${what} was answered with a web page`)
      return result
    },
    { step: 'deserialize', name: 'sidestepDate', priority: 'high' },
  )
  const output = (await client.send(command as never, { abortSignal: signal })) as Output
  return { output, at: at ?? clock.date() }
}

/** By the type alone it would be none: imitations of AWS (moto, for one) call many of their answers so. */
function isPage(headers: Readonly<Record<string, string>> = {}): boolean {
  return headers['content-type']?.includes('html') === true && headers['content-length'] !== '0'
}

/** What a call and its answer are on the wire. */
interface Exchanged {
  readonly request?: { readonly headers?: Readonly<Record<string, string>> }
  readonly response?: { readonly headers?: Readonly<Record<string, string>> }
}
