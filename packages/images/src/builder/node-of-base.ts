import type { TargetPlatform } from '@sidestep/core'

import type { BaseImage } from '../base/base-image.ts'
import { inspectBase, keptFacts, type InspectBaseOptions } from '../base/inspect-base.ts'
import { isNewEnough, neededNode, officialNodeVersion } from '../base/node-need.ts'
import type { NodeMajor, NodeRelease } from '../base/node-release.ts'

/** The Node.js that a base has to be given; `undefined`: its own does. Rejects with `IMAGE_INVALID` where none can run. */
export async function nodeForBase(
  base: BaseImage,
  major: NodeMajor,
  options: InspectBaseOptions,
): Promise<NodeRelease | undefined> {
  return hasOfficialNode(base) ? undefined : neededNode(base, await inspectBase(base, options), major)
}

/** The same for a plan, in words, from what is known without reading layers. `undefined`: the base's own. */
export async function plannedNode(
  base: BaseImage,
  major: NodeMajor,
  { home }: Pick<InspectBaseOptions, 'home'>,
): Promise<string | undefined> {
  if (hasOfficialNode(base)) return undefined
  const facts = await keptFacts(base, { home })
  if (facts === undefined) return `${major}, where the base has none that is new enough`
  return neededNode(base, facts, major)?.version
}

/** The C library of a base, which its lowest layer has but in rare cases. */
export async function libcOfBase(base: BaseImage, options: InspectBaseOptions): Promise<TargetPlatform['libc']> {
  const all = await keptFacts(base, options)
  const lowest = all ?? (await inspectBase(base, { ...options, layerCount: 1 }))
  const facts = lowest.libc === 'none' ? await inspectBase(base, options) : lowest
  return facts.libc === 'musl' ? 'musl' : 'glibc'
}

function hasOfficialNode(base: BaseImage): boolean {
  const version = officialNodeVersion(base)
  return version !== undefined && isNewEnough(version)
}
