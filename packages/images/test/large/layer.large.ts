import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'

import { noDockerRegistry, startDockerRegistry } from '@sidestep/containers/registry'
import { expect, onTestFinished, test } from 'vitest'

import { RegistryClient } from '../../src/distribution/registry-client.ts'
import { GLIBC, OFFICIAL, project, pushBase, readManifest, signal } from '../builder/support.ts'

/** Bytes. Over 2 GiB, which is where 32 bits end. */
const SIZE = Number(process.env['SIDESTEP_FILE_BYTES'] ?? 2_300_000_000)
/** Bytes of the file that it is compared with. */
const SMALL = 100_000_000
/** MB that the large file may take more than the small one: what V8 has not collected yet differs from run to run. */
const MOST_MORE_MEMORY = 80

/** Bytes that do not compress, quickly: each piece is the same noise, begun at another place. */
function* noise(size: number): Generator<Buffer, void, void> {
  const all = randomBytes(8_000_000)
  for (let left = size, turn = 0; left > 0; turn++) {
    const piece = all.subarray((turn * 4_099) % 1_000_000, ((turn * 4_099) % 1_000_000) + Math.min(left, 7_000_000))
    left -= piece.length
    yield piece
  }
}

test.skipIf(noDockerRegistry !== undefined)(
  `a layer of ${SIZE} bytes goes to a real registry and comes back${noDockerRegistry === undefined ? '' : `: ${noDockerRegistry}`}`,
  async () => {
    await using registry = await startDockerRegistry()
    const at = { registry: registry.host, repository: 'node', tag: '24' }
    await pushBase(at, { layers: [GLIBC], config: OFFICIAL })
    const { folder } = await project()
    await writeFile(join(folder, 'step.mjs'), 'export {}')
    const written = createHash('sha256')
    const hashed = async function* (): AsyncGenerator<Buffer, void, void> {
      for (const piece of noise(SIZE)) {
        written.update(piece)
        yield piece
      }
    }
    await pipeline(Readable.from(hashed(), { objectMode: false }), createWriteStream(join(folder, 'model.bin')))

    await pipeline(Readable.from(noise(SMALL), { objectMode: false }), createWriteStream(join(folder, 'small.bin')))

    const build = async (file: string): Promise<{ readonly image: string; readonly peakMb: number }> => {
      const program = join(import.meta.dirname, '../builder/build.ts')
      const settings = JSON.stringify({ files: [file] })
      const args = ['--no-warnings', program, folder, `${registry.host}/node:24`, `${registry.host}/team`, settings]
      return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout)
    }
    const small = await build('small.bin')
    const began = performance.now()
    const { image, peakMb } = await build('model.bin')
    const seconds = (performance.now() - began) / 1000

    const client = new RegistryClient({ registry: registry.host })
    onTestFinished(() => client.close())
    // The bundle has a layer of its own, above that of the files.
    const layer = (await readManifest(image)).layers.at(-2)
    if (layer === undefined) throw new Error('the image has no layer of files')
    expect(layer.size).toBeGreaterThan(SIZE * 0.95)
    // GNU tar takes the archive apart: another program than the one that wrote it.
    const tar = spawn('tar', ['-xzO', 'opt/sidestep/files/model.bin'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = once(tar, 'close')
    const read = createHash('sha256')
    await Promise.all([
      pipeline(await client.repository('team/sidestep').blob(layer.digest, { signal }), tar.stdin),
      pipeline(tar.stdout, read),
    ])
    expect(await ended).toEqual([0, null])
    expect(read.digest('hex')).toBe(written.digest('hex'))
    const peaks = [small.peakMb, peakMb].map(Math.round)
    console.log(
      `built and pushed in ${seconds.toFixed(1)} s, a layer of ${layer.size} bytes, peaks of ${peaks.join(' and ')} MB`,
    )
    expect(peakMb).toBeLessThan(small.peakMb + MOST_MORE_MEMORY)
  },
)
