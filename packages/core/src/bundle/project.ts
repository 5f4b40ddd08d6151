import { dirname } from 'node:path'

import { nearestFolder } from '../stack/home-folder.ts'

/** The folder of the nearest package.json upwards from a module; the module's own folder where there is none. */
export function projectFolderOf(module: string): string {
  return nearestFolder(dirname(module), ['package.json']) ?? dirname(module)
}
