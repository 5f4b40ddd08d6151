import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer, request } from 'node:http'
import { createServer } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Listening extends AsyncDisposable {
  readonly port: number
}

/** A server with TLS for `registry.test` in front of one without. Its certificate is `certificate.pem` in the folder. */
export async function startTls(host: string, folder: string): Promise<Listening> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const options = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=registry.test'
  const files = ['-keyout', key, '-out', certificate]
  await run('openssl', [...options.split(' '), '-addext', 'subjectAltName=DNS:registry.test', ...files])
  const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (incoming, outgoing) => {
    const inner = request(
      `http://${host}${incoming.url}`,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(outgoing)
      },
    )
    incoming.pipe(inner)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A proxy that leads every CONNECT to one port of this machine, and notes for whom. */
export async function startProxy(port: number): Promise<Listening & { readonly asked: readonly string[] }> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createHttpServer()
  server.on('connect', (incoming, socket: Socket) => {
    asked.push(incoming.url ?? '')
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      target.pipe(socket).pipe(target)
    })
    for (const end of [socket, target]) {
      sockets.add(end)
      end.on('error', () => {})
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
