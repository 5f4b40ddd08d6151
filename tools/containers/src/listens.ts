import { once } from 'node:events'
import { connect } from 'node:net'

/** Whether somebody accepts connections on a socket. What was left by a process that is gone does not. */
export async function listens(socketPath: string): Promise<boolean> {
  const socket = connect(socketPath)
  try {
    await once(socket, 'connect')
    return true
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  } finally {
    socket.destroy()
  }
}
