import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** How far away something is. */
export interface Line {
  /** Milliseconds to the other side and back. */
  readonly roundTripMs: number
  /** Bits in a second, in each direction, for all connections together. */
  readonly bitsPerSecond: number
}

/** An address on this machine that leads to another one over a line. */
export interface SlowLine extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly address: string
}

const MS = 1_000
const BITS = 8

/**
 * Puts a line in front of a server of this machine. A new connection costs a round trip more, as TCP's own beginning
 * does; bytes that wait for the line are held back where they come from.
 */
export async function slowLine(to: { readonly host: string; readonly port: number }, line: Line): Promise<SlowLine> {
  const up = new Lane(line)
  const down = new Lane(line)
  const open = new Set<Socket>()
  const carry = async (near: Socket): Promise<void> => {
    open.add(near)
    near.setNoDelay(true).pause()
    near.on('error', () => near.destroy())
    await sleep(line.roundTripMs)
    const far = connect({ ...to, noDelay: true })
    open.add(far)
    far.on('error', () => near.destroy())
    for (const socket of [near, far]) socket.once('close', () => open.delete(socket))
    near.pipe(delayed(up)).pipe(far)
    far.pipe(delayed(down)).pipe(near)
    near.once('close', () => far.destroy())
  }
  const server = createServer((near) => void carry(near))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** One direction, which all connections share. */
class Lane {
  readonly #line: Line
  #freeAt = 0

  constructor(line: Line) {
    this.#line = line
  }

  /** When bytes that are sent now have arrived, and when the line is free for the next ones: by `performance.now()`. */
  send(bytes: number): { readonly sentAt: number; readonly arrivedAt: number } {
    const takesMs = (bytes * BITS * MS) / this.#line.bitsPerSecond
    this.#freeAt = Math.max(this.#freeAt, performance.now()) + takesMs
    return { sentAt: this.#freeAt, arrivedAt: this.#freeAt + this.#line.roundTripMs / 2 }
  }
}

function delayed(lane: Lane): Transform {
  let last: Promise<void> = Promise.resolve()
  return new Transform({
    async transform(chunk: Buffer, _encoding, done) {
      const { sentAt, arrivedAt } = lane.send(chunk.length)
      last = last.then(() => until(arrivedAt)).then(() => void this.push(chunk))
      await until(sentAt)
      done()
    },
    async flush(done) {
      await last
      done()
    },
  })
}

async function until(time: number): Promise<void> {
  const leftMs = time - performance.now()
  if (leftMs > 0) await sleep(leftMs)
}
