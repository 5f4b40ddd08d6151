import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { COMPONENT_TYPES, type Project, type StackComponentType } from '@sidestep/core/project'
import { openProjectRuns } from '../commands/answer.ts'
import { configJsonSchema } from '../components/find-component.ts'
import { schemaOptions } from '../components/json-schema-options.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import type { Candidate, Subject } from './complete-words.ts'

const MAX_RUNS = 20
/** So long, in milliseconds, are providers asked about jobs. */
const PATIENCE_MS = 1_000

/** The values of a subject in the project of the working directory. Rejects where they cannot be read. */
export async function findValues(subject: Subject): Promise<readonly Candidate[]> {
  if (subject.kind === 'file') return []
  const project = openCliProject()
  if (subject.kind === 'run') return findRuns(project)
  if (subject.kind === 'job') return findJobs(project)
  if (subject.kind === 'stack') return (await project.stackNames()).map((value) => ({ value }))
  if (subject.kind === 'written-stack')
    return Object.keys((await project.file())?.stacks ?? {}).map((value) => ({ value }))
  if (subject.kind === 'integration') {
    return (await project.registry())
      .integrations()
      .map(({ name, package: source }) => ({ value: name, description: source }))
  }
  const type = COMPONENT_TYPES.find((it) => it === subject.type)
  if (type === undefined) return []
  if (subject.kind === 'flavor') return findFlavors(project, type)
  if (subject.kind === 'component') return findComponents(project, type)
  if (subject.kind === 'option' && 'flavor' in subject) return findOptions(project, type, subject.flavor)
  const component = (await project.file())?.components[type][subject.component]
  if (component === undefined) return []
  if (subject.kind === 'option') return findOptions(project, type, component.flavor)
  return Object.keys(component.config).map((value) => ({ value }))
}

async function findRuns(project: Project): Promise<readonly Candidate[]> {
  if (!hasJournal(project)) return []
  await using runs = await openProjectRuns()
  const newest = await runs.list({ limit: MAX_RUNS })
  return [
    { value: 'last', description: 'the newest' },
    ...newest.map(({ runId, pipeline, state }) => ({ value: runId, description: `${pipeline}, ${state}` })),
  ]
}

async function findJobs(project: Project): Promise<readonly Candidate[]> {
  if (!hasJournal(project)) return []
  await using runs = await openProjectRuns()
  const jobs = await runs.jobs({ signal: AbortSignal.timeout(PATIENCE_MS), onProblem: () => {} })
  return jobs.map(({ id, runId, stepName, phase }) => ({ value: id, description: `${stepName} of ${runId}, ${phase}` }))
}

/** A journal is not made only because somebody pressed Tab. */
function hasJournal({ home }: Project): boolean {
  return existsSync(join(home, 'journal.db'))
}

async function findOptions(project: Project, type: StackComponentType, flavor: string): Promise<readonly Candidate[]> {
  const schema = await configJsonSchema(await (await project.registry()).get(type, flavor))
  return schemaOptions(schema ?? {}).flatMap(({ flag, negation, description = '' }) =>
    [flag, negation].flatMap((name) => (name === undefined ? [] : [{ value: `--${name}`, description }])),
  )
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
