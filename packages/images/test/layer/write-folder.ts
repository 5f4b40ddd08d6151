// Writes a folder as a layer, and prints the most memory that it took, in MB: a process of its own, because others count too.
import { rmSync } from 'node:fs'

import { entriesOfFolder } from '../../src/layer/entries-of-folder.ts'
import { writeLayer } from '../../src/layer/write-layer.ts'
import { peakMemory } from '../support/peak-memory.ts'

const [folder, path] = process.argv.slice(2) as [string, string]
const { signal } = new AbortController()
try {
  await writeLayer(entriesOfFolder(folder, { below: 'data', signal }), { path, signal })
} finally {
  rmSync(path, { force: true })
}
process.stdout.write(String(Math.round(peakMemory())))
