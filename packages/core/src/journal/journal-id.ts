import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { codeOf } from '../errors.ts'

/** The id of the journal of this home folder: made once, by whichever process comes first. */
export function journalId(home: string): string {
  const path = join(home, 'journal-id')
  const id = randomBytes(8).toString('hex')
  const beside = `${path}.${id}`
  writeFileSync(beside, `${id}\n`)
  try {
    linkSync(beside, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(beside)
  }
  return readFileSync(path, 'utf8').trim()
}
