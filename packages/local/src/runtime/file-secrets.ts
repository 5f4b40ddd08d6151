import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'

import { SidestepError, type SecretResolver } from '@sidestep/core'

/** `file:/run/secrets/token` is what the file holds, without the line end at its end. */
export const fileSecrets: SecretResolver = {
  scheme: 'file',
  resolve: async (reference) => {
    // `file:///run/secrets/token` is the same file.
    const path = reference.replace(/^\/\/(?=\/)/, '')
    if (!isAbsolute(path)) throw missing(path, 'the path of a secret file must be absolute')
    try {
      return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
    } catch (error) {
      throw missing(path, 'the secret file cannot be read', error)
    }
  },
}

function missing(path: string, why: string, cause?: unknown): SidestepError {
  return new SidestepError(`${why}: ${path}`, {
    code: 'SECRET_MISSING',
    kind: 'config',
    hint: 'The file is read on the machine that runs the step, as the user that runs it.',
    ...(cause === undefined ? {} : { cause }),
  })
}
