import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { COMPONENT_TYPES, type Project, type StackComponentType } from '@sidestep/core/project'
import { openProjectRuns } from '../commands/answer.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import type { Candidate, Subject } from './complete-words.ts'

const MAX_RUNS = 20

/** The values of a subject in the project of the working directory. Rejects where they cannot be read. */
export async function findValues(subject: Subject): Promise<readonly Candidate[]> {
  if (subject.kind === 'file') return []
  const project = openCliProject()
  if (subject.kind === 'run') return findRuns(project)
  if (subject.kind === 'stack') return Object.keys((await project.file())?.stacks ?? {}).map((value) => ({ value }))
  if (subject.kind === 'integration') {
    return (await project.registry())
      .integrations()
      .map(({ name, package: source }) => ({ value: name, description: source }))
  }
  const type = COMPONENT_TYPES.find((it) => it === subject.type)
  if (type === undefined) return []
  return subject.kind === 'flavor' ? findFlavors(project, type) : findComponents(project, type)
}

async function findRuns(project: Project): Promise<readonly Candidate[]> {
  // A journal is not made only because somebody pressed Tab.
  if (!existsSync(join(project.home, 'journal.db'))) return []
  await using runs = await openProjectRuns()
  const newest = await runs.list({ limit: MAX_RUNS })
  return [
    { value: 'last', description: 'the newest' },
    ...newest.map(({ runId, pipeline, state }) => ({ value: runId, description: `${pipeline}, ${state}` })),
  ]
}

async function findFlavors(project: Project, type: StackComponentType): Promise<readonly Candidate[]> {
  const registry = await project.registry()
  return registry
    .list(type)
    .filter(({ state }) => state === 'installed')
    .map(({ flavor, summary = '' }) => ({ value: flavor, description: summary }))
}

async function findComponents(project: Project, type: StackComponentType): Promise<readonly Candidate[]> {
  const file = await project.file()
  return Object.entries(file?.components[type] ?? {}).map(([value, { flavor }]) => ({ value, description: flavor }))
}
