import { createRequire } from 'node:module'

/**
 * Core's own job entry. The package asks for itself by name, so the answer is right for the source in the workspace and
 * for the built files, wherever the build put this module.
 */
export function jobEntryPath(): string {
  return createRequire(import.meta.url).resolve('@sidestep/core/job')
}
