import type { IncomingMessage, ServerResponse } from 'node:http'

import { HttpListener } from '../ground/http-listener.ts'
import { DistributionError } from './distribution-error.ts'
import { CutError, Exchange } from './exchange.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { OpenRequest } from './request-log.ts'

/** A server that logs each request, begins it with the faults, and answers what its handler throws. Rejects where the port is taken. `port` 0: any free one. */
export async function startListener(
  port: number,
  log: OpenRequest[],
  faults: FaultPlan,
  handle: (exchange: Exchange) => Promise<void>,
): Promise<HttpListener> {
  return HttpListener.start(port, (request, response) => void serve(request, response, log, faults, handle))
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  log: OpenRequest[],
  faults: FaultPlan,
  handle: (exchange: Exchange) => Promise<void>,
): Promise<void> {
  const { authorization, host = '' } = request.headers
  const { method = '', url: path = '/' } = request
  const entry = { method, path, host, authorization: schemeOf(authorization), status: 0, received: 0, sent: 0 }
  log.push(entry)
  const exchange = new Exchange(request, response, entry, faults)
  try {
    const { pathname, search } = exchange.url
    if ((await faults.begin(method, `${pathname}${search}`)) === 'reset') exchange.cut()
    await handle(exchange)
  } catch (error) {
    // Whoever is gone needs no answer; half an answer cannot be taken back.
    if (error instanceof CutError || request.socket.destroyed) return
    if (exchange.answered) request.socket.destroy()
    else if (error instanceof DistributionError) exchange.sendJson(error.status, error, error.headers)
    else exchange.sendJson(500, new DistributionError(500, 'UNKNOWN', String(error)))
  }
  // The next request of the connection comes behind what was not read of this one.
  if (!request.complete) request.resume()
}

function schemeOf(authorization: string | undefined): OpenRequest['authorization'] {
  if (authorization === undefined) return undefined
  const scheme = authorization.split(' ', 1)[0]?.toLowerCase()
  return scheme === 'basic' || scheme === 'bearer' ? scheme : 'other'
}
