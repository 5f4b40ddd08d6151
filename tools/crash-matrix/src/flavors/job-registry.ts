import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { NODE_BASE } from '@sidestep/containers/addresses'
import { messageOf } from '@sidestep/core'
import { RegistryClient, parseReference, type BlobSource, type RepositoryClient } from '@sidestep/images'
import { startOciRegistry, type OciRegistry } from '@sidestep/simulators'

import { CannotRun } from '../flavor.ts'

/** In the registry of the matrix. */
export const BASE = 'base/node:1'

interface ImageManifest {
  readonly config: Pick<BlobSource, 'digest' | 'size'>
  readonly layers: readonly Pick<BlobSource, 'digest' | 'size'>[]
}

/**
 * A registry of the matrix' own, with the base image in it: what is built is pushed there, pulled from there by the engine,
 * and gone with the matrix. Rejects with `CannotRun` where the base image is nowhere.
 */
export async function startJobRegistry(): Promise<OciRegistry> {
  const registry = await startOciRegistry()
  const { registry: host, repository, tag = '1' } = parseReference(NODE_BASE)
  const clients = [new RegistryClient({ registry: host }), new RegistryClient({ registry: registry.host })] as const
  try {
    const [from, to] = [clients[0].repository(repository), clients[1].repository('base/node', { push: true })]
    const signal = AbortSignal.timeout(60_000)
    const manifest = await from.manifest(tag, { signal })
    if (manifest === undefined) throw new Error('there is no such image')
    const { config, layers } = JSON.parse(Buffer.from(manifest.bytes).toString()) as ImageManifest
    for (const blob of [config, ...layers]) {
      await to.putBlob({ ...blob, open: () => opened(from, blob.digest, signal) }, { signal })
    }
    await to.putManifest('1', manifest, { signal })
    return registry
  } catch (error) {
    await registry.close()
    throw new CannotRun(
      `the base image ${NODE_BASE} cannot be read (${messageOf(error)}): \`pnpm containers start\` makes it, and SIDESTEP_TEST_REGISTRY names its registry`,
    )
  } finally {
    for (const client of clients) client.close()
  }
}

/** A source is opened at once, and the answer of a registry comes later. */
function opened(repository: RepositoryClient, digest: BlobSource['digest'], signal: AbortSignal): Readable {
  const bytes = new PassThrough()
  void repository
    .blob(digest, { signal })
    .then(async (blob) => pipeline(blob, bytes))
    .catch((error: unknown) => bytes.destroy(error as Error))
  return bytes
}
