import { readFileSync } from 'node:fs'

import type { FailureKind } from '@sidestep/core'
import { codeOf } from '@sidestep/core/files'

import { writeJson } from '../files/json-file.ts'
import { JobFolder } from './job-folder.ts'

/** What the supervisor leaves for the entrypoint before it ends the step's process. */
export interface StepEnd {
  readonly kind: FailureKind
  readonly message: string
}

export async function writeStepEnd(folder: JobFolder, end: StepEnd): Promise<void> {
  await writeJson(folder.end, end)
}

/** `undefined` where nobody ended the step. */
export function readStepEnd(folder: string): StepEnd | undefined {
  try {
    return JSON.parse(readFileSync(new JobFolder(folder).end, 'utf8')) as StepEnd
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
