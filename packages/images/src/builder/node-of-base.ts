import type { TargetPlatform } from '@sidestep/core'

import type { BaseFacts } from '../base/base-facts.ts'
import type { BaseImage } from '../base/base-image.ts'
import { inspectBase, keptFacts, type InspectBaseOptions } from '../base/inspect-base.ts'
import { isNewEnough, neededNode, officialNodeVersion } from '../base/node-need.ts'
import type { NodeMajor, NodeRelease } from '../base/node-release.ts'
import { SIDESTEP_FOLDER } from '../layer/step-files.ts'

/** What of an image can make it necessary to look into its base. */
export interface OnBase {
  /** Where files go, absolute; `undefined`: there are none. */
  readonly filesFolder: string | undefined
  /** Whether the image gets another `PATH` than its base's. */
  readonly setsPath: boolean
}

/**
 * What the layers of a base say. `undefined`: it is an official image of Node.js, or built on one, and nothing goes
 * where it could have folders of its own, so that nobody has to look.
 */
export async function factsForImage(
  base: BaseImage,
  { filesFolder, setsPath }: OnBase,
  options: InspectBaseOptions,
): Promise<BaseFacts | undefined> {
  const isKnown =
    hasOfficialNode(base) &&
    !setsPath &&
    (filesFolder === undefined || `${filesFolder}/`.startsWith(`/${SIDESTEP_FOLDER}/`)) &&
    !changesOpt(base)
  return isKnown ? undefined : inspectBase(base, options)
}

/**
 * The Node.js that a base has to be given; `undefined`: its own does. Throws `IMAGE_INVALID` where none can run. `facts`
 * are those of {@link factsForImage}. Pure.
 */
export function nodeForImage(
  base: BaseImage,
  facts: BaseFacts | undefined,
  { major, setsPath }: Pick<OnBase, 'setsPath'> & { readonly major: NodeMajor },
): NodeRelease | undefined {
  return facts === undefined || (hasOfficialNode(base) && !setsPath) ? undefined : neededNode(base, facts, major)
}

/** The same for a plan, from what is known without reading layers: `unknown` where that does not say. */
export async function plannedNode(
  base: BaseImage,
  major: NodeMajor,
  { home }: Pick<InspectBaseOptions, 'home'>,
): Promise<NodeRelease | 'unknown' | undefined> {
  if (hasOfficialNode(base)) return undefined
  const facts = await keptFacts(base, { home })
  return facts === undefined ? 'unknown' : neededNode(base, facts, major)
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

/** As a whole word. Official images say `mkdir -p /opt` themselves. */
const OPT = /(?<![\w./-]|mkdir -p |WORKDIR )\/opt(?![\w./-])/u

/** Official images have a plain `/opt`. Who builds on one and makes it another names it in a command. */
function changesOpt({ config: { history } }: BaseImage): boolean {
  return (history ?? []).some(({ created_by: command }) => typeof command === 'string' && OPT.test(command))
}
