import { realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { JobProcess } from '@sidestep/core'

/** The folder whose packages a job of this machine could import, as Node finds them from the file that it ran. */
export function environmentOf({ host, module }: JobProcess): string | undefined {
  if (host !== hostname()) return undefined
  try {
    return dirname(realpathSync(join(dirname(module), 'node_modules')))
  } catch {
    // It has no packages of its own, or it is gone already.
    return undefined
  }
}
