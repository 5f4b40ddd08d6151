// Runs inside of a project that has the packed packages: makes and pushes the image of a ready bundle, in a process of its
// own. One argument: the JSON of what to build. Prints the image, and the peak of this process' own memory in bytes.

// As the command line does: what Node.js has compiled is kept for the next start, and an `import` of its own modules would
// make all that they have.
const { createHash } = process.getBuiltinModule('node:crypto')
const { readFileSync } = process.getBuiltinModule('node:fs')
process.getBuiltinModule('node:module').enableCompileCache()
const { oci, registry } = await import('@sidestep/images')

const { bundle, home, parentImage, uri, files = [], requirements = [] } = JSON.parse(process.argv[2])
const sha256 = createHash('sha256').update(readFileSync(bundle)).digest('hex')
const [builder, target] = await Promise.all([oci({ parentImage }).load(), registry({ uri }).load()])
const { image } = await builder.build(
  {
    dockerSettings: { files },
    platform: 'linux/amd64',
    bundle: { path: bundle, sha256, requirements },
    projectFolder: process.cwd(),
  },
  { registry: target, home, signal: new AbortController().signal, report: () => {} },
)
// Not of `resourceUsage()`, which counts what the parent had.
const peak = /VmHWM:\s+(\d+) kB/u.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
process.stdout.write(JSON.stringify({ image, peakBytes: Number(peak) * 1024 }))
