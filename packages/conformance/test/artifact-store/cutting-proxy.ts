import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import { afterAll, beforeAll } from 'vitest'

/** After so many bytes of answers, a connection breaks off. */
const MOST_BYTES = 2 * 2 ** 20 + 77

/** A server on 127.0.0.1 that hands connections on, and ends each in the middle of a longer body. `to`: where it hands them to. */
export function cuttingProxy(to: () => string): { readonly endpoint: string } {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const { hostname, port } = new URL(to())
    const provider = connect(Number(port), hostname)
    const end = (): void => {
      client.destroy()
      provider.destroy()
    }
    let bytes = 0
    provider.on('data', (chunk) => {
      bytes += chunk.length
      client.write(chunk, () => {
        if (bytes > MOST_BYTES) end()
      })
    })
    client.on('data', (chunk) => provider.write(chunk))
    for (const socket of [client, provider]) {
      sockets.add(socket)
      socket.on('error', end).on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
  })
  const proxy = { endpoint: '' }
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    proxy.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return proxy
}
