import {
  BUILT_IN_STACK,
  type ActiveStack,
  type Project,
  type ProjectFile,
  type Stack,
  type StackComponentType,
} from '@sidestep/core/project'
import { knownSchemas } from '../components/known-schemas.ts'
import { redacted } from '../components/redact.ts'

/** One component of a stack. */
export interface StackPart {
  readonly type: StackComponentType
  /** Its name in sidestep.yaml, or of an operator in the stack; absent: it has none. */
  readonly name?: string
  readonly flavor: string
  /** As it is written: `${env:NAME}` is not replaced. Absent where JSON cannot hold it. */
  readonly config?: object
  /** `sidestep.yaml:12:5`. */
  readonly place?: string
}

/** A stack as `stack describe` shows it. */
export interface StackDetails {
  readonly name: string
  /** Everything on this machine, without a word in sidestep.yaml. */
  readonly builtIn: boolean
  /** `sidestep.yaml:20:3`; absent where it is not written there. */
  readonly place?: string
  /** Who says that it is the active one. */
  readonly active?: ActiveStack['from']
  /** The artifact store first, then the step operators in their order. */
  readonly parts: readonly StackPart[]
  readonly defaultStepOperator?: string
}

/** The stack of a name: what the file says, or what is built in. Nothing is loaded. Rejects with `STACK_UNKNOWN`. */
export async function stackDetails(project: Project, name: string): Promise<StackDetails> {
  const file = await project.file()
  if (file !== undefined && Object.hasOwn(file.stacks, name)) return detailsInFile(file, name)
  const details = detailsOf(await project.stack(name), project)
  return { ...details, builtIn: name === BUILT_IN_STACK }
}

/** The details as they may be shown: what the schemas of the flavors call secrets is hidden. */
export async function withoutSecrets(details: StackDetails, project: Project): Promise<StackDetails> {
  const parts = details.parts.map(async (part) => {
    if (part.config === undefined) return part
    const schemas = await knownSchemas(project, part.type, [part.flavor])
    return { ...part, config: redacted(part.config, schemas.get(part.flavor)) as object }
  })
  return { ...details, parts: await Promise.all(parts) }
}

/** What a stack that is made already is made of. */
export function detailsOf(stack: Stack, project: Project): StackDetails {
  const { artifactStore, stepOperators, containerRegistry, imageBuilder, defaultStepOperator } = stack.describe({
    projectFolder: project.folder,
  })
  const others = [containerRegistry, imageBuilder].filter((part) => part !== undefined)
  const operators = Object.entries(stepOperators).map(([name, { type, flavor, config }]) => ({
    type,
    name,
    flavor,
    ...(config && { config }),
  }))
  const unnamed = ({ type, flavor, config }: typeof artifactStore): StackPart => ({
    type,
    flavor,
    ...(config && { config }),
  })
  return {
    name: stack.name,
    builtIn: false,
    parts: [unnamed(artifactStore), ...operators, ...others.map(unnamed)],
    ...(defaultStepOperator === undefined ? {} : { defaultStepOperator }),
  }
}

/** What the file says of one of its stacks. */
function detailsInFile(file: ProjectFile, name: string): StackDetails {
  const { artifactStore, stepOperators, containerRegistry, imageBuilder, defaultStepOperator } = file.stacks[name]!
  const named: [StackComponentType, string | undefined][] = [
    ['artifact_store', artifactStore],
    ...stepOperators.map((operator): [StackComponentType, string] => ['step_operator', operator]),
    ['container_registry', containerRegistry],
    ['image_builder', imageBuilder],
  ]
  return {
    name,
    builtIn: false,
    place: file.place(['stacks', name]),
    parts: named.flatMap(([type, component]) => (component === undefined ? [] : [partInFile(file, type, component)])),
    ...(defaultStepOperator === undefined ? {} : { defaultStepOperator }),
  }
}

function partInFile(file: ProjectFile, type: StackComponentType, name: string): StackPart {
  const { flavor, config } = file.components[type][name]!
  return { type, name, flavor, config, place: file.place(['components', type, name]) }
}

/** Rejects with `STACK_UNKNOWN` where there is no such stack. No flavor is looked at. */
export async function checkStackExists(project: Project, name: string): Promise<void> {
  const file = await project.file()
  if (name === BUILT_IN_STACK || (file !== undefined && Object.hasOwn(file.stacks, name))) return
  // It knows the names that are near.
  await project.stack(name)
}
