import { randomBytes } from 'node:crypto'
import { cp, mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { OURS, type ImagesBenchmark } from './code-change.ts'
import { contest, verifyImages, type Contestant, type Standings } from './contest.ts'
import { REQUIREMENTS } from './packages.ts'
import { FIRST_VERSION } from './workshop.ts'

/** A first build with its packages, into a repository that has nothing. They are installed before, for everybody. */
export async function firstBuild({
  workshop,
  docker,
  tools,
}: ImagesBenchmark): Promise<Standings & { readonly peakBytes: number }> {
  const { registry, path } = workshop
  await workshop.savePipeline(FIRST_VERSION)
  const bundle = await workshop.plan(workshop.file('homes/first'), { build: false })
  const home = workshop.file('homes/first-build')
  const packages = await workshop.install(home, REQUIREMENTS)
  const ready = workshop.file('first/step.mjs')
  let peakBytes = 0
  // In each round the packages are others, too: nobody has their layer yet.
  const mark = async (folder: string, version: string): Promise<void> =>
    writeFile(join(folder, 'lodash/version.txt'), version)
  const ours: Contestant = {
    name: OURS,
    prepare: async (version) => {
      // What is known of the base stays, as the base itself is there for the others.
      for (const made of ['known', 'layers', 'pushes']) {
        await rm(join(home, 'images', made), { recursive: true, force: true })
      }
      await mark(packages, version)
      await workshop.bundleOf(version, bundle, ready)
    },
    run: async (version, round) => {
      const uri = `${registry}/${path}/first/${version}`
      const built = await workshop.build({
        bundle: ready,
        home,
        parentImage: workshop.base,
        uri: uri.replace(/-$/u, ''),
        requirements: REQUIREMENTS,
      })
      // The first round also looks into the base, which is done once.
      if (round > 0) peakBytes = Math.max(peakBytes, built.peakBytes)
      return built.image
    },
  }
  const others = tools.map((tool): Contestant => {
    const nameOf = (version: string): string => `first-${tool.name}-${version}`
    return {
      name: tool.name,
      prepare: async (version) => {
        const folder = await workshop.context(nameOf(version), ['node_modules', 'step.mjs'])
        await cp(packages, join(folder, 'node_modules'), { recursive: true, verbatimSymlinks: true })
        await mark(join(folder, 'node_modules'), version)
        await workshop.bundleOf(version, bundle, join(folder, 'step.mjs'))
      },
      run: async (version) => {
        const image = `${registry}/${path}/first/${tool.name}-${version}`.replace(/-$/u, ':latest')
        await tool.buildAndPush(workshop.file(join('contexts', nameOf(version))), image)
        await rm(workshop.file(join('contexts', nameOf(version))), { recursive: true })
        return image
      },
    }
  })
  const standings = await contest('first', [ours, ...others])
  await verifyImages(docker, standings)
  return { ...standings, peakBytes }
}

const MIB = 1024 * 1024
const LARGE_FILE_MIB = 2_048
const PIECE_MIB = 4

/** The most memory of a build with a file of 2 GiB, that nothing makes smaller. */
export async function largeFilePeak({ workshop }: ImagesBenchmark): Promise<number> {
  const { registry, path } = workshop
  await workshop.savePipeline(FIRST_VERSION)
  const bundle = await workshop.plan(workshop.file('homes/first'), { build: false })
  await mkdir(workshop.file('large'), { recursive: true })
  const file = await open(workshop.file('large/model.bin'), 'w')
  for (let written = 0; written < LARGE_FILE_MIB; written += PIECE_MIB) await file.write(randomBytes(PIECE_MIB * MIB))
  await file.close()
  try {
    const { peakBytes } = await workshop.build({
      bundle,
      home: workshop.file('homes/large'),
      parentImage: workshop.base,
      uri: `${registry}/${path}/large`,
      files: ['large'],
    })
    return peakBytes
  } finally {
    await rm(workshop.file('large'), { recursive: true })
    await rm(workshop.file('homes/large'), { recursive: true })
  }
}
