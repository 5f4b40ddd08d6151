import { createHash } from 'node:crypto'
import { createReadStream, lstatSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import type { Lock } from '@sidestep/core'
import { SidestepError } from '@sidestep/core/component'
import { sha256 } from '@sidestep/core/files'

import { SIDESTEP_FOLDER } from '../layer/step-files.ts'
import { ListedFileEntry } from '../layer/listed-file-entry.ts'
import type { LayerCache } from '../layer/layer-cache.ts'
import type { Layer, LayerEntry } from '../layer/layer.ts'
import type { BaseFolders } from './base-folders.ts'
import type { NodeRelease } from './node-release.ts'
import { placedOnBase, placement } from './place-on-base.ts'

/** The folder of the image that holds the `node` of a Node.js layer. */
export const NODE_FOLDER: string = `/${SIDESTEP_FOLDER}/node/bin`

/** Where Node.js comes from, and where it is kept. */
export interface NodeLayerOptions {
  readonly layers: LayerCache
  /** Those of the base. */
  readonly folders: BaseFolders
  /** `.sidestep`: the package is installed in `environments` below it. */
  readonly home: string
  /** Its npm settings say where packages come from. */
  readonly projectFolder: string
  readonly signal: AbortSignal
  readonly report: (line: string) => void
}

/**
 * The layer with the official Node.js. Its package is checked by npm, and its binary by its checksum. Rejects with
 * `IMAGE_FAILED` where that is another one, and with npm's errors.
 */
export async function nodeLayer(release: NodeRelease, options: NodeLayerOptions): Promise<Layer> {
  const { layers, folders, signal, report } = options
  const inputs = { kind: 'node', sha256: release.sha256, path: NODE_FOLDER, ...placement(SIDESTEP_FOLDER, folders) }
  return layers.layer(
    {
      inputs,
      entries: async () => {
        report(`adding Node.js ${release.version} for ${release.cpu}`)
        return placedOnBase(binaryEntries(await installedBinary(release, options)), folders)
      },
    },
    { signal },
  )
}

async function* binaryEntries(binary: string): AsyncGenerator<LayerEntry, void, void> {
  yield new ListedFileEntry({ path: `${NODE_FOLDER.slice(1)}/node`, executable: true }, binary, lstatSync(binary))
}

async function installedBinary(release: NodeRelease, options: NodeLayerOptions): Promise<string> {
  const { home, projectFolder, signal } = options
  const platform = { os: 'linux', cpu: release.cpu, libc: 'glibc' } as const
  const { installLock } = await import('@sidestep/core')
  const folder = await installLock(lockOf(release), {
    folder: join(home, 'environments'),
    projectFolder,
    signal,
    platform,
    origin: 'the Node.js of the image',
  })
  const binary = join(folder, 'node_modules', release.packageName, 'bin', 'node')
  const hash = createHash('sha256')
  await pipeline(createReadStream(binary), hash, { signal })
  const found = hash.digest('hex')
  if (found === release.sha256) return binary
  // The next build installs it anew.
  await rm(folder, { recursive: true, force: true })
  throw new SidestepError(`${release.packageName}@${release.version} holds another bin/node than it should: ${found}`, {
    code: 'IMAGE_FAILED',
    kind: 'infra',
    hint: 'It is removed now: build again. If it happens again, look at the registry that npm is told to use.',
  })
}

function lockOf({ packageName, version, integrity, cpu }: NodeRelease): Lock {
  const root = { name: 'sidestep-node', version: '0.0.0', private: true, dependencies: { [packageName]: version } }
  const installed = {
    version,
    // npm asks its own registry instead of this one.
    resolved: `https://registry.npmjs.org/${packageName}/-/${packageName}-${version}.tgz`,
    integrity,
    cpu: [cpu],
    os: ['linux'],
  }
  const packages = { '': root, [`node_modules/${packageName}`]: installed }
  const text = JSON.stringify({ ...root, lockfileVersion: 3, requires: true, packages })
  return { text, sha256: sha256(text), manifest: `${JSON.stringify(root)}\n` }
}
