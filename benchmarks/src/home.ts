import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A home folder of its own for one measurement, until it is disposed of. */
export function temporaryHome(folder: string = tmpdir()): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(folder, 'sidestep-bench-'))
  process.env['SIDESTEP_HOME'] = path
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
