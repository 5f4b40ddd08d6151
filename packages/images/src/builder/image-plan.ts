import type { ImagePart, ImageRecipe } from '@sidestep/core/component'

import type { BaseImage } from '../base/base-image.ts'
import type { NodeRelease } from '../base/node-release.ts'
import type { LayerEntry } from '../layer/layer.ts'
import type { StepCode } from './code-layer.ts'

/** Files that a plan names one by one. */
const MOST_FILES = 200
/** Of what stays out. */
const MOST_LEFT_OUT = 3

/** What a plan is written of. */
export interface PlannedImage {
  /** Absent: it is not made yet, and known to nobody. */
  readonly base?: BaseImage
  /** What the base is given; absent: its own is used. `unknown`: that is not known without reading the base. */
  readonly node?: NodeRelease | 'unknown' | undefined
  /** Absent: the base is run as it is. */
  readonly code?: StepCode
}

/** The parts of an image, the lowest one first. Pure. */
export function planParts({ bundle }: ImageRecipe, { base, node, code }: PlannedImage): readonly ImagePart[] {
  return [
    ...(base === undefined ? [] : [basePart(base)]),
    ...(node === undefined ? [] : [nodePart(node)]),
    ...(code === undefined ? [] : codeParts(bundle, code)),
  ]
}

function basePart({ name, digest, platform, manifest }: BaseImage): ImagePart {
  const size = manifest.layers.reduce((sum, layer) => sum + layer.size, 0)
  return { name: 'base', description: `${name.split('@')[0]}@${digest} for ${platform}`, size }
}

function nodePart(node: NodeRelease | 'unknown'): ImagePart {
  if (node === 'unknown') return { name: 'node', description: 'Node.js, where the base has none that is new enough' }
  return { name: 'node', description: `Node.js ${node.version}`, size: node.size }
}

function codeParts(
  { requirements }: ImageRecipe['bundle'],
  { bundle, files, leftOut }: StepCode,
): readonly ImagePart[] {
  return [
    ...(requirements.length === 0 ? [] : [{ name: 'npm', description: describe(requirements) }]),
    ...fileParts(files, { name: 'files', below: '/' }),
    ...(leftOut.length === 0 ? [] : [{ name: 'files', description: `left out: ${someOf(leftOut)}` }]),
    { name: 'code', description: `/${bundle.path}`, size: bundle.size },
  ]
}

function someOf(paths: readonly string[]): string {
  const rest = paths.length - MOST_LEFT_OUT
  return [...paths.slice(0, MOST_LEFT_OUT), ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
}

function describe(requirements: readonly string[] | 'lockfile'): string {
  return typeof requirements === 'string' ? "the project's package-lock.json" : requirements.join(', ')
}

/** Files one by one, up to some number, and the rest of them together. Folders and links are left out. */
export function fileParts(
  entries: readonly LayerEntry[],
  { name, below }: { readonly name: string; readonly below: '' | '/' },
): readonly ImagePart[] {
  const files = entries.filter((entry) => entry.type === 'file')
  const rest = files.slice(MOST_FILES)
  const parts = files.slice(0, MOST_FILES).map(({ path, size }) => ({ name, description: `${below}${path}`, size }))
  if (rest.length === 0) return parts
  const size = rest.reduce((sum, file) => sum + file.size, 0)
  return [...parts, { name, description: `${rest.length} more files`, size }]
}
