import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { noDockerRegistry, startDockerRegistry } from '@sidestep/containers/registry'
import { startOciRegistry } from '@sidestep/simulators'

import { startProxy, startTls } from './support/tls.ts'

const run = promisify(execFile)
const PROGRAM = join(import.meta.dirname, 'support/push.ts')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-process-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function push(
  registry: string,
  size: number,
  environment: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const env = { PATH: process.env['PATH'], HOME: folder, ...environment }
  const { stdout } = await run(process.execPath, ['--no-warnings', PROGRAM, registry, `${size}`], { env })
  return JSON.parse(stdout) as Record<string, unknown>
}

describe.skipIf(noDockerRegistry !== undefined)(
  `with Debian's docker-registry${noDockerRegistry === undefined ? '' : `: ${noDockerRegistry}`}`,
  () => {
    test('memory stays flat, whatever the size', async () => {
      await using registry = await startDockerRegistry()
      const size = Number(process.env['SIDESTEP_BLOB_BYTES'] ?? 200_000_000)
      const { read, peakMb } = await push(registry.host, size)
      expect(read).toBe(size)
      // 110 MB are Node.js and the modules; what V8 has not collected yet of buffers comes on top.
      expect(peakMb).toBeLessThan(250)
    }, 120_000)
  },
)

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const missing =
  major < 24 || (major === 24 && minor < 5) ? `Node.js ${process.version} has no proxies of its own` : withoutOpenssl()

describe.skipIf(missing !== undefined)(`with TLS${missing === undefined ? '' : `: ${missing}`}`, () => {
  test("through a proxy, with a certificate of one's own authority", async () => {
    await using registry = await startOciRegistry()
    await using tls = await startTls(registry.host, folder)
    await using proxy = await startProxy(tls.port)
    const environment = {
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      NODE_EXTRA_CA_CERTS: join(folder, 'certificate.pem'),
    }
    expect(await push('registry.test', 3_000_000, environment)).toMatchObject({ read: 3_000_000 })
    expect(new Set(proxy.asked)).toEqual(new Set(['registry.test:443']))
    expect(await push('registry.test', 3_000_000, { HTTPS_PROXY: environment.HTTPS_PROXY })).toMatchObject({
      code: 'REGISTRY_FAILED',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
    })
  })

  test('loopback goes through no proxy', async () => {
    await using registry = await startOciRegistry()
    const nowhere = 'http://127.0.0.1:1'
    const environment = { HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, http_proxy: nowhere }
    expect(await push(registry.host, 1_000_000, environment)).toMatchObject({ read: 1_000_000 })
  })
})

function withoutOpenssl(): string | undefined {
  try {
    execFileSync('openssl', ['version'])
    return undefined
  } catch {
    return 'openssl, which makes the certificate, is not installed'
  }
}
