import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Bundle } from '../bundle/bundle-module.ts'
import { checkBundle } from '../bundle/load-check.ts'
import { projectFolderOf } from '../bundle/project.ts'
import { sourcePath } from '../bundle/source-path.ts'
import type { ImportModule } from '../flavor/load-source.ts'
import { knownJournalId } from '../journal/journal-id.ts'
import { moduleOf, type Pipeline } from '../pipeline/pipeline.ts'
import { RunBundle } from '../pipeline/run-bundle.ts'
import { RunImages } from '../pipeline/run-images.ts'
import { RunOperators } from '../pipeline/run-operators.ts'
import { artifactStoreOf, stackOfRun } from '../pipeline/run-stack.ts'
import { checkName } from '../stack/component-name.ts'
import { createHomeFolder, homeFolder } from '../stack/home-folder.ts'
import type { Stack } from '../stack/stack.ts'
import type { StepDefinition } from '../step/definition.ts'
import { registeredSteps } from '../step/registry.ts'
import { askAhead, planStep, STEP_RUN, type PlannedStep } from './plan-step.ts'

/** What is planned, and for which stack. */
export interface PlanOptions {
  /** Absent: the active stack of the project, else the stack `default`, everything on this machine. */
  readonly stack?: Stack
  /** Path or file URL of the file that defines the pipeline, where the pipeline does not tell. */
  readonly module?: string
  /** Files or file URLs from which packages of Sidestep are looked for last. */
  readonly packagesFrom?: readonly string[]
  /** Imports the modules of flavors that sidestep.yaml names. Default: as Node does. */
  readonly importModule?: ImportModule
  /** As {@link StackValidatorOptions.knownFlavors}: flavors of step operators that steps may have settings of. */
  readonly knownFlavors?: readonly string[]
  /**
   * Builds the images of steps that run in one, and pushes them; lines on how that goes are for people. Absent: nothing is
   * built, and `<image>` stands for each.
   */
  readonly buildImages?: { readonly report: (line: string) => void }
  /** Takes lines for people: what an operator warns of. Default: what `buildImages` has. */
  readonly report?: (line: string) => void
  /** Ends the planning. */
  readonly signal?: AbortSignal
}

/** What a run of a pipeline would ask of the operators of a stack. */
export interface Plan {
  /** Its name. */
  readonly pipeline: string
  /** Name of the stack. */
  readonly stack: string
  /** File of the pipeline, relative to the project's folder. */
  readonly module?: string
  /** In the order of their definition. Which of them are called, and how often, only a run shows. */
  readonly steps: readonly PlannedStep[]
}

/**
 * Prepares a request for every step of the pipeline's module that has an operator, with placeholders for what only a
 * run knows. Creates no run and no job, and uploads nothing but the images that it is told to build; the bundle and the locks are kept in the project's home
 * folder, as a run keeps them. Rejects with a `config` error where the module cannot be sent to a job, or the stack has
 * no usable artifact store; what is wrong with one step stands with that step.
 */
export async function planPipeline(pipeline: Pipeline<any, any>, options: PlanOptions = {}): Promise<Plan> {
  const { signal = new AbortController().signal, packagesFrom = [] } = options
  checkName('pipeline', pipeline.name)
  const home = homeFolder()
  createHomeFolder(home)
  const module = moduleOf(pipeline) ?? options.module
  const file = module?.startsWith('file:') === true ? fileURLToPath(module) : module
  const here = join(process.cwd(), 'package.json')
  const projectFolder = projectFolderOf(file ?? here)
  const stack = await stackOfRun({
    stack: options.stack,
    description: undefined,
    home,
    projectFolder,
    places: [...(file === undefined ? [] : [file]), here, ...packagesFrom],
    importModule: options.importModule,
  })
  const store = await artifactStoreOf(stack)
  const plan = {
    pipeline: pipeline.name,
    stack: stack.name,
    ...(file === undefined ? {} : { module: relative(projectFolder, file) }),
  }
  const remote = registeredSteps().filter(({ config }) => config.stepOperator !== undefined)
  if (remote.length === 0) return { ...plan, steps: [] }
  const operators = new RunOperators(stack, { onFirstCall: () => undefined })
  const name = { stepRunId: STEP_RUN, attempt: 1 }
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const images = new RunImages({ stack, home, signal: either })
  // An operator may have to ask its machines: while the bundler works. What is wrong is found where the answer is used.
  if (options.buildImages !== undefined) {
    for (const definition of remote) askAhead(definition, { operators, images }).catch(() => undefined)
  }
  try {
    const bundle = await new RunBundle({ module: file, stack, store, home, signal }).made(name)
    const checked = checkBundle(bundle, { steps: [], projectModule: file ?? here, signal: either })
    checked.catch((error: unknown) => stop.abort(error))
    const context = {
      pipeline: pipeline.name,
      stack,
      store,
      operators,
      build: options.buildImages?.report,
      warn: options.report ?? options.buildImages?.report,
      knownFlavors: options.knownFlavors,
      bundle,
      module: file ?? here,
      projectFolder,
      journalId: await knownJournalId(home),
    }
    const steps = await meanwhile(checked, async () => {
      const planned: PlannedStep[] = []
      for (const definition of remote) {
        if (isIn(bundle, definition)) planned.push(await planStep(definition, { ...context, images, signal: either }))
      }
      return planned
    })
    return { ...plan, steps }
  } finally {
    // Nothing is asked for a plan that is made, or that cannot be.
    stop.abort()
  }
}

/** Does something until the bundle is known to load. Where it does not, the outcome is of no interest. */
async function meanwhile<T>(checked: Promise<void>, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } finally {
    await checked
  }
}

/** The process may have loaded other modules with steps of their own. */
function isIn({ modules, roots }: Bundle, { file }: StepDefinition): boolean {
  return file === undefined || modules.has(sourcePath(file, roots))
}
