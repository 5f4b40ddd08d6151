import type { ImagePart } from '@sidestep/core/component'

import { fileParts } from '../builder/image-plan.ts'
import type { Environment } from './environment.ts'

/** What an engine would make, the lowest part first. Pure. */
export function planEnvironment({ dockerfile, packages }: Environment): readonly ImagePart[] {
  const parts: ImagePart[] = []
  if (dockerfile !== undefined) {
    const { path, text, entries, images } = dockerfile
    parts.push(
      ...images.map((image) => ({ name: 'from', description: image })),
      { name: 'dockerfile', description: path, size: Buffer.byteLength(text) },
      ...fileParts(entries, { name: 'context', below: '' }),
    )
  }
  const { aptPackages = [], pipRequirements = [] } = packages?.packages ?? {}
  if (aptPackages.length > 0) parts.push({ name: 'apt', description: aptPackages.join(', ') })
  if (pipRequirements.length > 0) parts.push({ name: 'pip', description: pipRequirements.join(', ') })
  return parts
}
