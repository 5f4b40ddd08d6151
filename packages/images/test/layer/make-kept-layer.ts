// Makes a layer slowly in a process of its own, for tests of concurrency and of crashes: home, log, size.
import { appendFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'

import { LayerCache } from '../../src/layer/layer-cache.ts'
import type { LayerEntry } from '../../src/layer/layer.ts'

const [home, log, size] = process.argv.slice(2) as [string, string, string]
const { signal } = new AbortController()
const step = 1_000_000

async function* content(): AsyncGenerator<Buffer> {
  for (let left = Number(size); left > 0; left -= step) {
    await setTimeout(10)
    yield Buffer.alloc(Math.min(step, left), String(left % 7))
  }
}

async function* entries(): AsyncGenerator<LayerEntry> {
  appendFileSync(log, `${process.pid}\n`)
  await setTimeout(50)
  yield { type: 'file', path: 'slow', executable: false, size: Number(size), open: () => Readable.from(content()) }
}

const layer = await new LayerCache({ home }).layer({ inputs: { name: 'slow', size }, entries }, { signal })
process.stdout.write(layer.digest)
