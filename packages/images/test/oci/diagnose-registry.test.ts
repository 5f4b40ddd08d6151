import { createServer } from 'node:net'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { ContainerRegistry, type RegistryLogin } from '@sidestep/core'
import { startOciRegistry, type OciRegistry, type OciRegistryOptions } from '@sidestep/simulators'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { diagnoseRegistry } from '../../src/oci/diagnose-registry.ts'
import { registryAt, signal, temporaryFolder } from '../builder/support.ts'
import { REGISTRIES } from '../distribution/support/registries.ts'

const AUTH = { username: 'ann', password: 'secret' }

async function start(options: OciRegistryOptions = {}): Promise<OciRegistry> {
  const registry = await startOciRegistry(options)
  onTestFinished(() => registry.close())
  return registry
}

/** As those of clouds: it knows a login by itself. */
class Own extends ContainerRegistry<{ readonly uri: string; readonly password: string }> {
  static override readonly FLAVOR = 'own'

  override get uri(): string {
    return this.config.uri
  }

  override async login(): Promise<RegistryLogin> {
    return { username: 'ann', password: this.config.password }
  }
}

const asked = ({ requests }: OciRegistry): string[] =>
  requests.map(({ method, path, status }) => `${method} ${path.replace(/[^/]*\?.*/u, '…')} ${status}`)

describe.each(REGISTRIES)('with $name', ({ missing, start: run }) => {
  test.skipIf(missing !== undefined)(
    `one may push, and nothing is left there${missing === undefined ? '' : `: ${missing}`}`,
    async () => {
      await using registry = await run()
      expect(await registryAt(`${registry.host}/team`).diagnose({ signal })).toEqual([
        {
          tried: `beginning an upload to ${registry.host}/team/sidestep, and giving it up`,
          state: 'ok',
          found: 'one may push there (nobody had to log in)',
        },
      ])
      const catalog = await fetch(`http://${registry.host}/v2/team/sidestep/tags/list`)
      const { tags } = (await catalog.json()) as { readonly tags?: readonly string[] | null }
      expect(tags ?? []).toEqual([])
    },
  )
})

test('the upload that is begun is given up', async () => {
  const registry = await start()
  await registryAt(registry.host).diagnose({ signal })
  expect(asked(registry)).toEqual(['POST /v2/sidestep/blobs/uploads/ 202', 'DELETE /v2/sidestep/blobs/uploads/… 204'])
})

describe.each(['basic', 'bearer'] as const)('a registry that wants a login (%s)', (kind) => {
  test('takes the right one, and says whose it is', async () => {
    const registry = await start({ auth: { kind, ...AUTH } })
    const [finding] = await diagnoseRegistry(new Own({ uri: registry.host, password: 'secret' }), { signal })
    expect(finding).toMatchObject({
      state: 'ok',
      found: `one may push there (the login of "ann" is from the stack's container registry)`,
    })
    expect(registry.requests.at(-1)).toMatchObject({ method: 'DELETE', status: 204 })
  })

  test('does not take a wrong one, nor nobody', async () => {
    const registry = await start({ auth: { kind, ...AUTH } })
    const [wrong] = await diagnoseRegistry(new Own({ uri: registry.host, password: 'other' }), { signal })
    expect(wrong).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(/^Not allowed to push to .*\/sidestep: .* 401/u) as string,
      hint: expect.stringMatching(/^The login of "ann" is from .*`docker login 127/u) as string,
    })
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'config.json'), '{}')
    vi.stubEnv('DOCKER_CONFIG', folder)
    onTestFinished(() => void vi.unstubAllEnvs())
    const [nobody] = await registryAt(registry.host).diagnose({ signal })
    expect(nobody).toMatchObject({
      state: 'problem',
      hint: expect.stringMatching(/^No login was found in .*`docker login 127/u) as string,
    })
    expect(registry.requests.filter(({ status }) => status === 202)).toEqual([])
  })
})

test('a right to read is no right to push; a repository that has to be made first; one that cannot give up', async () => {
  const registry = await start()
  registry.setFaults({ failures: [{ method: 'POST', path: /uploads/, status: 403 }] })
  expect(await registryAt(registry.host).diagnose({ signal })).toMatchObject([
    { state: 'problem', found: expect.stringContaining('Not allowed to push') as string },
  ])
  registry.setFaults({ unknownRepositories: true })
  expect(await registryAt(registry.host).diagnose({ signal })).toMatchObject([
    { state: 'problem', hint: expect.stringContaining('created before the first push') as string },
  ])
  registry.setFaults({ failures: [{ method: 'DELETE', status: 405 }] })
  expect(await registryAt(registry.host).diagnose({ signal })).toMatchObject([
    { state: 'ok', found: expect.stringContaining('could not be given up') as string },
  ])
})

test('a registry that is down is known soon', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  server.close()
  await once(server, 'close')
  const began = performance.now()
  expect(await registryAt(`127.0.0.1:${port}`).diagnose({ signal })).toMatchObject([
    {
      state: 'problem',
      found: expect.stringContaining('ECONNREFUSED') as string,
      hint: 'Check the network and that the registry is up.',
    },
  ])
  expect(performance.now() - began).toBeLessThan(8_000)
})

test('who waits no longer is told so', async () => {
  const reason = new Error('enough')
  const diagnosis = registryAt('127.0.0.1:1').diagnose({ signal: AbortSignal.abort(reason) })
  await expect(diagnosis).rejects.toBe(reason)
})
