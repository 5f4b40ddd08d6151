import type { ImagePart, ImageRecipe } from '@sidestep/core'

import type { BaseImage } from '../base/base-image.ts'
import type { LayerEntry } from '../layer/layer.ts'

/** Files that a plan names one by one. */
const MOST_FILES = 200

/** What a plan is written of. */
export interface PlannedImage {
  readonly base: BaseImage
  /** `24.21.0 for x64`; absent: the base's own is used. */
  readonly node: string | undefined
  readonly code: readonly LayerEntry[]
}

/** The parts of an image, the lowest one first. Pure. */
export function planParts({ bundle }: ImageRecipe, { base, node, code }: PlannedImage): readonly ImagePart[] {
  const { requirements } = bundle
  const files = code.filter((entry) => entry.type === 'file')
  const [step, ...named] = files
  return [
    { name: 'base', description: `${base.name.split('@')[0]}@${base.digest} for ${base.platform}` },
    ...(node === undefined ? [] : [{ name: 'node', description: `Node.js ${node}` }]),
    ...(requirements.length === 0 ? [] : [{ name: 'npm', description: describe(requirements) }]),
    ...fileParts(named),
    ...(step === undefined ? [] : [{ name: 'code', description: `/${step.path}`, size: step.size }]),
  ]
}

function describe(requirements: readonly string[] | 'lockfile'): string {
  return typeof requirements === 'string' ? "the project's package-lock.json" : requirements.join(', ')
}

function fileParts(files: readonly { readonly path: string; readonly size: number }[]): readonly ImagePart[] {
  const rest = files.slice(MOST_FILES)
  const parts = files.slice(0, MOST_FILES).map(({ path, size }) => ({ name: 'files', description: `/${path}`, size }))
  if (rest.length === 0) return parts
  const size = rest.reduce((sum, file) => sum + file.size, 0)
  return [...parts, { name: 'files', description: `${rest.length} more files`, size }]
}
