import { request, type IncomingMessage } from 'node:http'

import { CannotRun } from '../flavor.ts'

const DEFAULT_HOST = 'unix:///var/run/docker.sock'

/** The engine answered, and said no. */
export class EngineRefusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The engine of this machine, asked by the matrix itself: nothing of the operator is believed. */
export class Engine {
  /** `unix://…` */
  readonly host: string
  readonly #socketPath: string

  constructor(host: string = process.env['DOCKER_HOST'] || DEFAULT_HOST) {
    if (!host.startsWith('unix://'))
      throw new CannotRun(`the engine is ${host}: the matrix kills processes, and needs one of this machine`)
    this.host = host
    this.#socketPath = host.slice('unix://'.length)
  }

  /** Filters are those of the Engine API. */
  async get<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    return JSON.parse(await textOf(await this.open('GET', path, query))) as T
  }

  /** `false` where there is no such thing any more, or what was asked for is so already. */
  async tell(method: 'POST' | 'DELETE', path: string, query: Readonly<Record<string, string>> = {}): Promise<boolean> {
    try {
      await textOf(await this.open(method, path, query))
      return true
    } catch (error) {
      if (error instanceof EngineRefusal && (error.status === 404 || error.status === 409)) return false
      throw error
    }
  }

  /** An answer that is read as it comes. Rejects with an `EngineRefusal`. */
  async open(method: string, path: string, query: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { socketPath: this.#socketPath, method, path: `${path}?${new URLSearchParams(query).toString()}` }
      request(options, resolve).on('error', reject).end()
    })
    const status = answer.statusCode ?? 0
    if (status >= 400) throw new EngineRefusal(status, `${method} ${path}: ${status} ${await textOf(answer)}`)
    return answer
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
