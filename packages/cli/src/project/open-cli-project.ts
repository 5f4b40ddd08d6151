import { openProject, type Project } from '@sidestep/core/project'
import type { CapturedStream } from '../run/capture-output.ts'

export interface OpenCliProjectOptions {
  /** Default: those of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * The project that the command is called in. The user's own packages come first; a project without `@sidestep/local` gets
 * the CLI's.
 */
export function openCliProject(options: OpenCliProjectOptions = {}): Project {
  return openProject({ ...options, packagesFrom: [import.meta.url], importModule })
}

/** Imports that are on the way: several at once share one diversion. */
let importing = 0
let captured: CapturedStream | undefined

/** What a module prints while it is loaded is no part of what a command answers. */
export async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  const [loader, { captureOutput }] = await Promise.all([
    import('../run/import-module.ts'),
    import('../run/capture-output.ts'),
  ])
  importing += 1
  captured ??= captureOutput(process.stdout, (text) => void process.stderr.write(text))
  try {
    return await loader.importModule(url)
  } finally {
    importing -= 1
    if (importing === 0) {
      captured?.release()
      captured = undefined
    }
  }
}
