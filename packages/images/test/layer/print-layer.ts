// Writes a folder as a layer and prints its digests: a process of its own, for another umask, locale and time zone.
import { rmSync } from 'node:fs'

import { entriesOfFolder } from '../../src/layer/entries-of-folder.ts'
import { writeLayer } from '../../src/layer/write-layer.ts'

const [folder, path, umask] = process.argv.slice(2) as [string, string, string]
process.umask(Number.parseInt(umask, 8))
const { signal } = new AbortController()
const { diffId, digest } = await writeLayer(entriesOfFolder(folder, { below: 'data', signal }), { path, signal })
rmSync(path)
console.log(`${diffId} ${digest}`)
