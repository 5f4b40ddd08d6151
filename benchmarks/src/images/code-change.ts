import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Figure } from '../report.ts'
import { contest, verifyImages, type Contestant, type Standings } from './contest.ts'
import { contextWith, type Packages } from './packages.ts'
import type { ImageTool } from './tools.ts'
import { FIRST_VERSION, type Workshop } from './workshop.ts'

/** What contests share. */
export interface ImagesBenchmark {
  readonly workshop: Workshop
  readonly docker: string
  readonly tools: readonly ImageTool[]
}

export const OURS = 'sidestep'
/** One for all contests: npm installs the packages once. */
export const HOME = 'homes/sidestep'

/** One way in which the code changes. */
export interface CodeChange {
  /** Of the contest, and of its part of the registry. */
  readonly name: string
  /** What lies below the code. */
  readonly packages: Packages
  /** The registry, as it is reached. */
  readonly registry: string
}

/** From the saved source line to a pushed image: the command line's start and the bundling are on all sides. */
export async function fromSource(
  { workshop, docker, tools }: ImagesBenchmark,
  { name, packages, registry }: CodeChange,
): Promise<Standings> {
  const save = async (version: string): Promise<void> => workshop.savePipeline(version, packages.requirements)
  workshop.pushTo(registry)
  const ours: Contestant = {
    name: OURS,
    prepare: save,
    run: async () => workshop.plan(workshop.file(HOME), { build: true }),
  }
  const others = tools.map((tool): Contestant => ({
    name: tool.name,
    prepare: async (version) => {
      await save(version)
      await contextWith(workshop, `${name}-${tool.name}`, packages)
    },
    run: async (version) => {
      const folder = workshop.file(`contexts/${name}-${tool.name}`)
      const bundle = await workshop.plan(workshop.file(`homes/${name}-${tool.name}`), { build: false })
      // Not copied: its mode is for its owner alone, and the image's user is another one.
      await writeFile(join(folder, 'step.mjs'), await readFile(bundle))
      const image = `${registry}/${workshop.path}/${name}-${tool.name}:${version}`
      await tool.buildAndPush(folder, image)
      return image
    },
  }))
  const standings = await contest(name, [ours, ...others])
  await verifyImages(docker, standings)
  return standings
}

/** From a ready bundle to a pushed image. */
export async function fromBundle(
  { workshop, docker, tools }: ImagesBenchmark,
  { name, packages, registry }: CodeChange,
): Promise<Standings & { readonly peakBytes: number }> {
  await workshop.savePipeline(FIRST_VERSION)
  const first = await workshop.plan(workshop.file('homes/bundle'), { build: false })
  const repository = `${workshop.path}/${name}`
  const bundle = workshop.file(`${name}/step.mjs`)
  let peakBytes = 0
  const ours: Contestant = {
    name: OURS,
    prepare: async (version) => workshop.bundleOf(version, first, bundle),
    run: async (_version, round) => {
      const built = await workshop.build({
        bundle,
        home: workshop.file(HOME),
        parentImage: workshop.baseAt(registry),
        uri: `${registry}/${repository}`,
        requirements: packages.requirements,
      })
      // The first round also looks into the base, which is done once.
      if (round > 0) peakBytes = Math.max(peakBytes, built.peakBytes)
      return built.image
    },
  }
  const others = tools.map((tool): Contestant => {
    const folder = workshop.file(`contexts/${name}-${tool.name}`)
    return {
      name: tool.name,
      prepare: async (version) => {
        await contextWith(workshop, `${name}-${tool.name}`, packages)
        await workshop.bundleOf(version, first, join(folder, 'step.mjs'))
      },
      run: async (version) => {
        const image = `${registry}/${repository}-${tool.name}:${version}`
        await tool.buildAndPush(folder, image)
        return image
      },
    }
  })
  const standings = await contest(name, [ours, ...others])
  await verifyImages(docker, standings)
  return { ...standings, peakBytes }
}

/** Ours beside each of the others. `target`: absent where it is only told. */
export function ratios(what: string, { ms }: Standings, target?: number): readonly Figure[] {
  const own = ms.get(OURS) ?? Number.NaN
  return [...ms]
    .filter(([name]) => name !== OURS)
    .map(([name, other]) => ({
      what: `${what}, of ${name}'s time`,
      value: own / other,
      ...(target === undefined ? {} : { target }),
    }))
}

/** Times for the notes. They are those of this machine, today. */
export function times(what: string, { ms }: Standings): string {
  return `${what}: ${[...ms].map(([name, one]) => `${name} ${one.toFixed(0)} ms`).join(', ')}`
}
