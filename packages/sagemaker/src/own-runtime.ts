import { createRequire } from 'node:module'

/** The path of this package's runtime module, from source as from `dist`. */
export function ownRuntime(): string {
  return createRequire(import.meta.url).resolve('@sidestep/sagemaker/runtime')
}
