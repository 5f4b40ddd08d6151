// Builds an image in a process of its own, for tests of crashes and of memory: folder, base, uri, settings. Prints the image and the peak in MB.
import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'

import { OciImageBuilder } from '../../src/builder/oci-image-builder.ts'
import { OciContainerRegistry } from '../../src/oci/oci-container-registry.ts'
import { peakMemory } from '../support/peak-memory.ts'

const [folder, parentImage, uri, settings] = process.argv.slice(2) as [string, string, string, string]
const path = join(folder, 'step.mjs')
const built = await new OciImageBuilder({ parentImage, nodeVersion: '24' }).build(
  {
    dockerSettings: JSON.parse(settings),
    platform: 'linux/amd64',
    bundle: { path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex'), requirements: [] },
    projectFolder: folder,
  },
  {
    registry: new OciContainerRegistry({ uri }),
    home: join(folder, '.sidestep'),
    signal: new AbortController().signal,
    report: () => {},
  },
)
console.log(JSON.stringify({ image: built.image, peakMb: peakMemory() }))
