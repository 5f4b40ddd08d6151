import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'

/** A port of this machine that leads to a socket, as people lay one to an engine elsewhere. */
export async function portTo(socket: string): Promise<{ readonly host: string; close(): void }> {
  const server = createServer((near) => {
    const far = connect(socket.replace('unix://', ''))
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}
