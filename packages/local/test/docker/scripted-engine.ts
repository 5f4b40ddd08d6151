import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

/** Answers a request; `path` is without the version and the query. Greetings are answered by themselves, but for `'held'`. */
export type Answer = (path: string, response: ServerResponse, request: IncomingMessage) => 'held' | void

/** What no engine does when it is asked to: a socket that answers as a test says. It greets as an engine by itself. */
export async function scriptedEngine(answer: Answer): Promise<{ readonly host: string; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-scripted-'))
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://engine').pathname.replace(/^\/v1\.41/, '')
    response.setHeader('api-version', '1.41')
    if (answer(path, response, request) !== 'held' && path === '/_ping') response.end('OK')
  })
  server.listen(join(folder, 'engine.sock'))
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, maxRetries: 5 })
  })
  return { host: `unix://${folder}/engine.sock`, folder }
}

/** A whole answer. */
export function json(response: ServerResponse, body: unknown, status: number = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
