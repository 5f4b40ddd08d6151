// Runs inside of a project that has the packed packages: makes and pushes the image of a ready bundle, in a process of its
// own. One argument: the JSON of what to build. Prints the image, and the peak of this process' own memory in bytes.
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import module from 'node:module'
import { pipeline } from 'node:stream/promises'

// As the command line does: what Node.js has compiled is kept for the next start.
module.enableCompileCache()
const { oci, registry } = await import('@sidestep/images')

const { bundle, home, parentImage, uri, files = [], requirements = [] } = JSON.parse(process.argv[2])
const hash = createHash('sha256')
await pipeline(createReadStream(bundle), hash)
const [builder, target] = await Promise.all([oci({ parentImage }).load(), registry({ uri }).load()])
const { image } = await builder.build(
  {
    dockerSettings: { files },
    platform: 'linux/amd64',
    bundle: { path: bundle, sha256: hash.digest('hex'), requirements },
    projectFolder: process.cwd(),
  },
  { registry: target, home, signal: new AbortController().signal, report: () => {} },
)
// Not of `resourceUsage()`, which counts what the parent had.
const peak = /VmHWM:\s+(\d+) kB/u.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
process.stdout.write(JSON.stringify({ image, peakBytes: Number(peak) * 1024 }))
