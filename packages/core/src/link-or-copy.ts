import { copyFile, link } from 'node:fs/promises'

import { codeOf } from './errors.ts'

/** Another file system, one without hard links, or a file that has as many as it can have. */
const NO_LINK: ReadonlySet<string | undefined> = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'])

/**
 * Puts a file that nobody changes into another place, without copying its bytes where the file system can. Never a
 * symbolic link: Node.js would look for packages beside the file that it leads to.
 */
export async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target)
  } catch (error) {
    if (!NO_LINK.has(codeOf(error))) throw error
    await copyFile(source, target)
  }
}
