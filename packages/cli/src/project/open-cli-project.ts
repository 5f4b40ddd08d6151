import { openProject, type Project } from '@sidestep/core/project'
import { captureOutput, type CapturedStream } from '../run/capture-output.ts'
import { importFlavor } from '../run/import-module.ts'
import { onFirstUse } from '../standard-streams.ts'

export interface OpenCliProjectOptions {
  /** Default: the working directory. */
  readonly cwd?: string
  /** Default: those of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * The project that the command is called in. The user's own packages come first; a project without `@sidestep/local` gets
 * the CLI's.
 */
export function openCliProject(options: OpenCliProjectOptions = {}): Project {
  return openProject({ ...options, packagesFrom: [import.meta.url], importModule: importQuietly })
}

/** Imports that are on the way: several at once share one diversion. */
let importing = 0
let release: (() => void) | undefined

/** What a module prints while it is loaded is no part of what a command answers. */
export async function importQuietly(url: string): Promise<Readonly<Record<string, unknown>>> {
  importing += 1
  release ??= divertOutput()
  try {
    return await importFlavor(url)
  } finally {
    importing -= 1
    if (importing === 0) {
      release?.()
      release = undefined
    }
  }
}

/** Most modules print nothing: stdout is not made for them. */
function divertOutput(): () => void {
  let captured: CapturedStream | undefined
  const forget = onFirstUse('stdout', (stream) => {
    captured = captureOutput(stream, (text) => void process.stderr.write(text))
  })
  return () => {
    forget()
    captured?.release()
  }
}
