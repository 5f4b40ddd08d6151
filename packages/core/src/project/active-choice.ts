import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { replaceFile } from '../atomic-file.ts'
import { codeOf, configError, messageOf } from '../errors.ts'
import { readIfThere } from '../read-if-there.ts'
import { createHomeFolder } from '../stack/home-folder.ts'

const FILE = 'active-stack.json'
const REMEDY = '`sidestep stack set NAME` writes it anew.'

/** The stack that the user has chosen; `undefined` where none is. Rejects with `CONFIG_INVALID` where that cannot be read. */
export async function readChoice(home: string): Promise<string | undefined> {
  const path = join(home, FILE)
  let text: string | undefined
  try {
    text = await readIfThere(path)
  } catch (error) {
    // What is no folder keeps no choice; who writes into it is told.
    if (codeOf(error) === 'ENOTDIR') return undefined
    const hint = 'See whose file it is, or set SIDESTEP_HOME to another folder.'
    throw configError('CONFIG_INVALID', `${path} cannot be read: ${messageOf(error)}`, hint, error)
  }
  if (text === undefined) return undefined
  const stack = stackIn(text)
  if (stack !== undefined) return stack
  throw configError('CONFIG_INVALID', `${path}, which keeps the chosen stack, is damaged`, REMEDY)
}

/** Rejects with `CONFIG_INVALID` where it cannot be kept. */
export async function writeChoice(home: string, stack: string | undefined): Promise<void> {
  const path = join(home, FILE)
  try {
    if (stack === undefined) {
      await rm(path, { force: true })
      return
    }
    createHomeFolder(home)
    await replaceFile(path, `${JSON.stringify({ stack })}\n`)
  } catch (error) {
    const hint = 'Set SIDESTEP_HOME to a folder that can be written to.'
    throw configError('CONFIG_INVALID', `${path} cannot be written: ${messageOf(error)}`, hint, error)
  }
}

function stackIn(text: string): string | undefined {
  try {
    const { stack } = JSON.parse(text) as { readonly stack?: unknown }
    return typeof stack === 'string' && stack !== '' ? stack : undefined
  } catch {
    return undefined
  }
}
