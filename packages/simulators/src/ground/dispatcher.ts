import type { IncomingMessage, ServerResponse } from 'node:http'

import { CallFaults } from './call-faults.ts'
import type { OpenCall } from './call-log.ts'
import type { CallRates } from './call-rates.ts'
import type { Clock } from './clock.ts'
import { CutError, Exchange } from './exchange.ts'
import type { FaultPlan } from './fault-plan.ts'
import { ServiceError, type ErrorKind, type RequestLine, type Service } from './service.ts'

/** The faults that are answered instead of the operation. */
const ERRORS: readonly ErrorKind[] = ['throttle', 'server-error', 'expired-token', 'capacity']

/** What a dispatcher works with. */
export interface DispatcherOptions {
  /** A request goes to the first that has an operation for it. */
  readonly services: readonly Service[]
  readonly rates: CallRates
  readonly faults: FaultPlan
  readonly clock: Clock
  /** Where every call is written down. */
  readonly calls: OpenCall[]
  readonly ending: AbortSignal
}

/** Takes every request to its service, through the faults that it meets. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #first: Service
  readonly #open = new Set<Promise<void>>()
  readonly #broken: OpenCall[] = []

  /** Throws where there is no service. */
  constructor(options: DispatcherOptions) {
    const [first] = options.services
    if (first === undefined) throw new Error('a simulator has at least one service')
    this.#options = options
    this.#first = first
  }

  /** Begins with a request. */
  dispatch(request: IncomingMessage, response: ServerResponse): void {
    const done: Promise<void> = this.#serve(request, response).finally(() => this.#open.delete(done))
    this.#open.add(done)
  }

  /** Resolves when all that began has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#open)
  }

  /** The calls in which the simulator itself broke. */
  get broken(): readonly OpenCall[] {
    return this.#broken
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, faults, calls, ending, rates } = this.#options
    const { method = 'GET', url: path = '/' } = request
    const found = this.#find(request)
    const { service, operation = 'Unknown' } = found
    const call: OpenCall = {
      service: service.name,
      operation,
      at: clock.now(),
      ...accessKeyOf(request),
      method,
      path,
      status: 0,
      received: 0,
      sent: 0,
      faults: [],
    }
    calls.push(call)
    // What does not come in for its rate meets no fault.
    const isOverRate = rates.refuses(service.name, operation)
    const met = isOverRate ? [] : faults.take({ operation: `${service.name}.${operation}`, path })
    const callFaults = new CallFaults(met, call)
    const exchange = new Exchange({ request, response, call, clock, faults: callFaults, ending })
    try {
      await this.#answer(exchange, { ...found, isOverRate })
    } catch (error) {
      await this.#fail(exchange, service, error)
    }
    try {
      await exchange.finish()
    } catch (error) {
      await this.#fail(exchange, service, error)
    }
    for (const fault of callFaults.unmet) faults.giveBack(fault)
  }

  async #answer(exchange: Exchange, found: Found & { readonly isOverRate: boolean }): Promise<void> {
    const { service, operation, isOverRate, failure } = found
    if (exchange.faults.meet('reset-before')) exchange.cut()
    if (failure !== undefined) throw failure
    const kind = isOverRate ? 'throttle' : exchange.faults.meetFirst(ERRORS)
    if (kind !== undefined) throw await service.errorFor(kind, exchange)
    if (operation === undefined) {
      // Not 404: what asks whether something is there would take it for an answer.
      throw new ServiceError(501, 'UnknownOperation', `${exchange.method} ${exchange.rawPath} is no operation of it`)
    }
    await service.serve(exchange)
    if (!exchange.answered) throw new Error(`${operation} was not answered`)
  }

  async #fail(exchange: Exchange, service: Service, error: unknown): Promise<void> {
    if (error instanceof CutError) return
    if (error instanceof ServiceError) {
      exchange.call.errorCode = error.code
      // Of what happened after its answer, nobody is told.
      if (exchange.answered) return
    } else {
      this.#break(exchange.call, error)
    }
    try {
      // Half an answer cannot be taken back.
      if (exchange.answered) exchange.request.socket.destroy()
      else if (error instanceof ServiceError) service.answerError(exchange, error)
      else service.answerError(exchange, await brokenError(service, exchange, error))
    } catch (broken) {
      this.#break(exchange.call, broken)
      exchange.request.socket.destroy()
    }
  }

  #break(call: OpenCall, error: unknown): void {
    if (call.failure !== undefined) return
    call.failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#broken.push(call)
  }

  #find(request: IncomingMessage): Found {
    const { method = 'GET', url: target = '/', headers } = request
    const path = target.startsWith('/') ? target : '/'
    try {
      const url = new URL(`http://simulator${path}`)
      const line: RequestLine = { method, url, rawPath: path.split('?', 1)[0] ?? path, headers }
      for (const service of this.#options.services) {
        const operation = service.operationOf(line)
        if (operation !== undefined) return { service, operation, failure: undefined }
      }
      return { service: this.#first, operation: undefined, failure: undefined }
    } catch (error) {
      return { service: this.#first, operation: undefined, failure: error as Error }
    }
  }
}

interface Found {
  readonly service: Service
  /** `undefined`: the request is of no service. */
  readonly operation: string | undefined
  /** What broke while the operation was looked for. */
  readonly failure: Error | undefined
}

/** In the provider's form, but with what really went wrong. */
async function brokenError(service: Service, exchange: Exchange, error: unknown): Promise<ServiceError> {
  const { status, code, headers } = await service.errorFor('server-error', exchange)
  return new ServiceError(status, code, `the simulator broke: ${String(error)}`, headers)
}

/** As the header says it; a URL that is signed is nobody's call of an API. */
function accessKeyOf({ headers: { authorization = '' } }: IncomingMessage): Pick<OpenCall, 'accessKeyId'> {
  const [, accessKeyId] = /^AWS4-HMAC-SHA256 .*Credential=([^/,\s]+)\//.exec(authorization) ?? []
  return accessKeyId === undefined ? {} : { accessKeyId }
}
