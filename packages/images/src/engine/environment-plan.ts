import type { ImagePart } from '@sidestep/core'

import type { Environment } from './environment.ts'

/** Files of the context that a plan names one by one. */
const MOST_FILES = 100

/** What an engine would make, the lowest part first. Pure. */
export function planEnvironment({ dockerfile, packages }: Environment): readonly ImagePart[] {
  const parts: ImagePart[] = []
  if (dockerfile !== undefined) {
    const { path, text, entries, images } = dockerfile
    const files = entries.filter((entry) => entry.type === 'file')
    const rest = files.slice(MOST_FILES)
    parts.push(
      ...images.map((image) => ({ name: 'from', description: image })),
      { name: 'dockerfile', description: path, size: Buffer.byteLength(text) },
      ...files.slice(0, MOST_FILES).map((file) => ({ name: 'context', description: file.path, size: file.size })),
    )
    if (rest.length > 0) {
      const size = rest.reduce((sum, file) => sum + file.size, 0)
      parts.push({ name: 'context', description: `${rest.length} more files`, size })
    }
  }
  const { aptPackages = [], pipRequirements = [] } = packages?.packages ?? {}
  if (aptPackages.length > 0) parts.push({ name: 'apt', description: aptPackages.join(', ') })
  if (pipRequirements.length > 0) parts.push({ name: 'pip', description: pipRequirements.join(', ') })
  return parts
}
