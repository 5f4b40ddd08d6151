import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import type { Trial } from '../trial.ts'

export interface SilentRegistry {
  /** How often the package was asked for. */
  asked(): number
  close(): void
}

/** A registry that knows the package and never sends it: installing it takes for ever. */
export async function silentRegistry(trial: Trial): Promise<SilentRegistry> {
  let asked = 0
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz') === true) {
      asked += 1
      return
    }
    const dist = { tarball: `http://127.0.0.1:${port()}/never-sent/-/never-sent-1.0.0.tgz`, shasum: '0'.repeat(40) }
    const version = { name: 'never-sent', version: '1.0.0', dist }
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ name: 'never-sent', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }),
    )
  })
  const port = (): number => (server.address() as AddressInfo).port
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  writeFileSync(join(trial.files.project, '.npmrc'), `registry=http://127.0.0.1:${port()}/\n`)
  return {
    asked: () => asked,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
