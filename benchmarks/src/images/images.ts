import { NODE_BASE, REGISTRY } from '@sidestep/containers/addresses'

import type { Figure, Report } from '../report.ts'
import { fromBundle, fromSource, HOME, OURS, ratios, times, type ImagesBenchmark } from './code-change.ts'
import { ROUNDS, type Standings } from './contest.ts'
import { firstBuild, largeFilePeak } from './first-build.ts'
import { NO_PACKAGES, REQUIREMENTS, type Packages } from './packages.ts'
import { slowLine } from './slow-line.ts'
import { startInImage } from './start-in-image.ts'
import { buildahTool, dockerTool, findDocker, missingBuildah } from './tools.ts'
import { Workshop } from './workshop.ts'

const TITLE = 'images: from a change of code to a pushed image, beside docker (BuildKit) and buildah'
const MB = 1_000_000
const HALF = 0.5
const MANIFESTS = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json'
const FAR = { roundTripMs: 30, bitsPerSecond: 200_000_000 }

/** Images beside those of docker and buildah, on a real engine and a real registry. */
export async function images(): Promise<Report> {
  const found = await findDocker()
  // With packages below the code, each of its rounds takes ten seconds and more.
  const withBuildah = process.env['SIDESTEP_BENCH_BUILDAH'] !== '0'
  const without = withBuildah ? await missingBuildah() : undefined
  const missing = 'missing' in found ? found.missing : (without ?? (await missingBase()))
  if (missing !== undefined || 'missing' in found)
    return { title: TITLE, figures: [], notes: [], skipped: missing ?? '' }
  const { docker } = found
  const workshop = await Workshop.open(REGISTRY)
  try {
    await using others = dockerTool(docker)
    if (!withBuildah) return await measured({ workshop, docker, tools: [others] })
    await using buildah = await buildahTool()
    return await measured({ workshop, docker, tools: [others, buildah] })
  } finally {
    workshop.remove()
  }
}

async function measured(benchmark: ImagesBenchmark): Promise<Report> {
  const { registry } = benchmark.workshop
  const folder = await benchmark.workshop.install(benchmark.workshop.file(HOME), REQUIREMENTS)
  const packages: Packages = { requirements: REQUIREMENTS, folder }
  const [host = '', port = '80'] = registry.split(':')
  await using line = await slowLine({ host, port: Number(port) }, FAR)
  const source = told('source', await fromSource(benchmark, { name: 'source', packages, registry }))
  const bundle = told('bundle', await fromBundle(benchmark, { name: 'bundle', packages, registry }))
  const start = await startInImage(benchmark, bundle.images.get(OURS) ?? '')
  const alone = told('no packages', await fromBundle(benchmark, { name: 'alone', packages: NO_PACKAGES, registry }))
  const far = { packages, registry: line.address }
  const farSource = told('source, over a line', await fromSource(benchmark, { name: 'far-source', ...far }))
  const farBundle = told('bundle, over a line', await fromBundle(benchmark, { name: 'far-bundle', ...far }))
  const first = told('first build', await firstBuild(benchmark))
  const large = await largeFilePeak(benchmark)
  const better = Math.min(...[...first.ms].filter(([name]) => name !== OURS).map(([, ms]) => ms))
  const figures: readonly Figure[] = [
    ...ratios('a saved line of source to a digest', source, HALF),
    ...ratios('a ready bundle to a digest', bundle, HALF),
    ...ratios('the same where the image has no packages', alone),
    ...ratios('a saved line of source, over a line', farSource, HALF),
    ...ratios('a ready bundle, over a line', farBundle, HALF),
    { what: 'a first build, of the better time', value: (first.ms.get(OURS) ?? Number.NaN) / better, target: 1 / 3 },
    { what: "the user's code in the image, in bare starts", value: start.codeMs / start.bareMs, target: 3 },
    { what: 'memory, a change of code', value: bundle.peakBytes / MB, unit: 'MB', target: 100 },
    { what: 'memory, a first build', value: first.peakBytes / MB, unit: 'MB', target: 200 },
    { what: 'memory, a file of 2 GiB', value: large / MB, unit: 'MB', target: 200 },
  ]
  const overLine = `over ${FAR.roundTripMs} ms and ${FAR.bitsPerSecond / MB} Mbit/s`
  return {
    title: TITLE,
    figures,
    notes: [
      `medians of ${ROUNDS} rounds, in turn; each tool's last image was pulled and run`,
      'below the code lie 60 MB of npm packages, but for the figures that say otherwise',
      times('source', source),
      times('bundle', bundle),
      times('bundle, no packages', alone),
      times(`source, ${overLine}`, farSource),
      times(`bundle, ${overLine}`, farBundle),
      times('first build, packages installed before for everybody', first),
      `a bare start of Node.js in the container takes ${start.bareMs.toFixed(0)} ms here, today`,
    ],
  }
}

/** It takes minutes: who waits sees how far it is. */
function told<S extends Standings>(what: string, standings: S): S {
  process.stderr.write(`${times(what, standings)}\n`)
  return standings
}

async function missingBase(): Promise<string | undefined> {
  const [repository = '', tag = ''] = NODE_BASE.slice(`${REGISTRY}/`.length).split(':')
  const url = `http://${REGISTRY}/v2/${repository}/manifests/${tag}`
  try {
    const { status } = await fetch(url, { headers: { accept: MANIFESTS } })
    return status === 200 ? undefined : `${url} answers ${status}, and the base is needed there`
  } catch {
    return `the registry ${REGISTRY} does not answer (SIDESTEP_TEST_REGISTRY says which registry)`
  }
}
