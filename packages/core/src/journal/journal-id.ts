import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createFile } from '../atomic-file.ts'
import { readIfThere } from '../read-if-there.ts'

/** The id of the journal of this home folder: made once, by whichever process comes first. */
export async function journalId(home: string): Promise<string> {
  const known = await knownJournalId(home)
  if (known !== undefined) return known
  const path = pathIn(home)
  await createFile(path, `${randomBytes(8).toString('hex')}\n`)
  return (await readFile(path, 'utf8')).trim()
}

/** The id of the journal of this home folder, where it has one. */
export async function knownJournalId(home: string): Promise<string | undefined> {
  return (await readIfThere(pathIn(home)))?.trim()
}

function pathIn(home: string): string {
  return join(home, 'journal-id')
}
