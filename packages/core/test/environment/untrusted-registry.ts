import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A server with TLS whose certificate nobody on this machine trusts. */
export async function startUntrusted(): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-untrusted-'))
  try {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    const options = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=registry.test'
    await run('openssl', [...options.split(' '), '-keyout', key, '-out', certificate])
    const server = createServer({ key: await readFile(key), cert: await readFile(certificate) })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      [Symbol.asyncDispose]: async () => {
        server.close()
        server.closeAllConnections()
      },
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
