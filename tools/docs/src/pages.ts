import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FlavorRegistry } from '@sidestep/core/project'
import { commandReference } from './command-reference.ts'
import { configuration, settingsTable } from './configuration.ts'
import { flavorTable } from './flavor-table.ts'
import { format } from './format.ts'
import { fillSections, type Sections } from './sections.ts'

const DOCS = join(import.meta.dirname, '../../../docs')

/** A page with generated sections. */
export interface Page {
  /** Absolute path. */
  readonly file: string
  readonly is: string
  /** With its sections as they are to be, formatted. */
  readonly shouldBe: string
}

/** The pages that have generated sections, made from the program and the flavors that this package depends on. */
export async function generatePages(): Promise<Page[]> {
  const registry = await FlavorRegistry.open({ projectFolder: join(import.meta.dirname, '..') })
  return Promise.all([
    generatePage('cli-reference.md', { commands: await commandReference() }),
    generatePage('configuration.md', { flavors: await configuration(registry) }),
    generatePage('sagemaker.md', { settings: await settingsTable(registry, 'sagemaker') }),
    generatePage('stacks-and-flavors.md', { 'step-operators': flavorTable(registry) }),
  ])
}

async function generatePage(name: string, sections: Sections): Promise<Page> {
  const file = join(DOCS, name)
  const is = await readFile(file, 'utf8')
  return { file, is, shouldBe: await format(fillSections(is, sections)) }
}
