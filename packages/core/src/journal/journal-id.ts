import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createFile } from '../atomic-file.ts'

/** The id of the journal of this home folder: made once, by whichever process comes first. */
export async function journalId(home: string): Promise<string> {
  const path = join(home, 'journal-id')
  await createFile(path, `${randomBytes(8).toString('hex')}\n`)
  return (await readFile(path, 'utf8')).trim()
}
