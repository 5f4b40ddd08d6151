import { openProject, type Project } from '@sidestep/core/project'

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

/** What a module prints while it is loaded is no part of what a command answers. */
async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  const [loader, { captureOutput }] = await Promise.all([
    import('../run/import-module.ts'),
    import('../run/capture-output.ts'),
  ])
  const captured = captureOutput(process.stdout, (text) => void process.stderr.write(text))
  try {
    return await loader.importModule(url)
  } finally {
    captured.release()
  }
}
