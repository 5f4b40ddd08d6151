import { join } from 'node:path'

/** A path that SageMaker gives to containers. A simulator without containers says by `SIDESTEP_FS_ROOT` what stands for the root. */
export function placeInContainer(path: string): string {
  const root = process.env['SIDESTEP_FS_ROOT']
  return root === undefined ? path : join(root, path)
}
