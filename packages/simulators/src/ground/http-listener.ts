import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** User metadata travels in headers, and Azure takes more of it than Node.js does. */
const MAX_HEADER_BYTES = 64 * 1024

/** An HTTP server on 127.0.0.1 that leaves all decisions about connections to others. */
export class HttpListener {
  readonly #server: Server
  /** `127.0.0.1:41233`. */
  readonly host: string

  private constructor(server: Server) {
    this.#server = server
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** Rejects where the port is taken. `port` 0: any free one. */
  static async start(port: number, handle: RequestListener): Promise<HttpListener> {
    // A large object takes longer than Node.js gives a request; and a connection that is closed while it is idle is a fault of its own,
    // which a client meets that is just about to use it.
    const server = createServer(
      { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0, maxHeaderSize: MAX_HEADER_BYTES },
      handle,
    )
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new HttpListener(server)
  }

  /** Ends its connections and frees its port. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}
