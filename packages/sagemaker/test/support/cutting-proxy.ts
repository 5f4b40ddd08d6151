import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { onTestFinished } from 'vitest'

/** What stands between a store and its simulator. */
export interface CuttingProxy {
  readonly endpoint: string
  /** `Range` of each GET that came by; empty where there was none. */
  readonly ranges: readonly string[]
}

/**
 * Passes everything on, and cuts the connection of so many GETs after `bytes` of their answer; `onCut` comes before the next one. With
 * `isWhole`, an object is given from its start, whatever part of it is asked for.
 */
export async function cuttingProxy(
  target: string,
  {
    cuts,
    bytes,
    onCut,
    isWhole = false,
  }: {
    readonly cuts: number
    readonly bytes: number
    readonly onCut?: () => Promise<unknown>
    readonly isWhole?: boolean
  },
): Promise<CuttingProxy> {
  const ranges: string[] = []
  let left = cuts
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url: path = '/', headers } = incoming
    if (method === 'GET') ranges.push(headers.range ?? '')
    // It was signed, so it has to come; this one says nothing.
    if (isWhole && headers.range !== undefined) headers.range = 'all'
    const { hostname, port } = new URL(target)
    // The host is signed: the simulator has to see the one that the client meant.
    const passed = request({ hostname, port, method, path, headers }, (answer) => {
      const isCut = method === 'GET' && left > 0
      if (isCut) left -= 1
      passBack(answer, outgoing, isCut).catch((error: unknown) => outgoing.destroy(error as Error))
    })
    incoming.pipe(passed)
  }).listen(0, '127.0.0.1')
  const passBack = async (answer: IncomingMessage, outgoing: ServerResponse, isCut: boolean): Promise<void> => {
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
    let sent = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const part = isCut ? chunk.subarray(0, bytes - sent) : chunk
      sent += part.length
      await new Promise((resolve) => outgoing.write(part, resolve))
      if (!isCut || sent < bytes) continue
      await onCut?.()
      outgoing.destroy()
      return
    }
    outgoing.end()
  }
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { endpoint: `http://127.0.0.1:${port}`, ranges }
}
