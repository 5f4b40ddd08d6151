import { join } from 'node:path'

import { ArtifactStore } from '../artifact/artifact-store.ts'
import { persistently } from '../artifact/persistent-store.ts'
import { fingerprint } from '../canonical.ts'
import { configError } from '../errors.ts'
import type { ImportModule } from '../flavor/load-source.ts'
import { restoreComponent } from '../flavor/restore-stack.ts'
import type { JournalRun } from '../journal/journal.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { StackComponent } from '../stack/component.ts'
import { describedOperator, type ComponentDescription } from '../stack/stack-description.ts'
import { canOpenStoreAt, describeStoreAt } from './store-of-uri.ts'

/** How long a store that gives no answer is asked again, in milliseconds: somebody waits for what is read. */
const PATIENCE_MS = 10_000

/** What tells where components come from. */
type Origin = Pick<JournalRun, 'projectFolder'>

/** Where the components of recorded stacks come from. */
export interface RunStacksOptions {
  /** Where the project is looked for. */
  readonly cwd: string
  readonly packagesFrom: readonly string[]
  /** Of flavors. Absent: as Node does. */
  readonly importModule?: ImportModule | undefined
  /** Takes a line for people where a store gives no answer for 5 seconds. Absent: nobody listens. */
  readonly onSilence?: ((line: string) => void) | undefined
}

/** The components of recorded stacks, each made once and alone: one that is gone must not hide the others. */
export class RunStacks {
  readonly #cwd: string
  readonly #packagesFrom: readonly string[]
  readonly #importModule: ImportModule | undefined
  readonly #onSilence: ((line: string) => void) | undefined
  readonly #made: Map<string, Promise<StackComponent>> = new Map()

  /** Flavors are looked for from the run's project, the working directory, then from `packagesFrom` (files or file URLs). */
  constructor({ cwd, packagesFrom, importModule, onSilence }: RunStacksOptions) {
    this.#cwd = cwd
    this.#packagesFrom = [join(cwd, 'package.json'), ...packagesFrom]
    this.#importModule = importModule
    this.#onSilence = onSilence
  }

  /**
   * The store that keeps a run. What the stack says of it counts only where it leads to the same place: on another
   * machine, the same store may have another path.
   */
  async store(run: JournalRun): Promise<ArtifactStore> {
    const { record, storeUri } = run
    const openable = canOpenStoreAt(storeUri)
    try {
      const store = await this.#storeOf(record.stack.artifactStore, run, `${record.stack.name}.artifactStore`)
      if (store.uri === storeUri) return store
      if (!openable) throw elsewhere(run, store.uri)
    } catch (error) {
      if (!openable) throw error
    }
    return this.storeAt(storeUri)
  }

  /** The store at a uri. Rejects with `CONFIG_INVALID` where no flavor answers for its scheme. */
  async storeAt(uri: string): Promise<ArtifactStore> {
    return this.#storeOf(describeStoreAt(uri), {}, uri)
  }

  /** The step operator of a run's stack that has this name there. Rejects with an error that names it. */
  async operator(run: JournalRun, name: string): Promise<BaseStepOperator<any, any>> {
    const { stack, runId } = run.record
    const described = describedOperator(stack, name)
    if (described === undefined) {
      const names = Object.keys(stack.stepOperators).join(', ')
      throw configError(
        'STACK_INVALID',
        `the stack of the run ${runId} has no step operator ${name}`,
        `It has: ${names}.`,
      )
    }
    return this.operatorOf(described, run, `${stack.name}.stepOperators.${name}`)
  }

  /** A step operator by its description; `name` is what errors call it. */
  async operatorOf(described: ComponentDescription, origin: Origin, name: string): Promise<BaseStepOperator<any, any>> {
    return (await this.#component(described, origin, name)) as BaseStepOperator<any, any>
  }

  async #storeOf(described: ComponentDescription, origin: Origin, name: string): Promise<ArtifactStore> {
    const component = await this.#component(described, origin, name)
    const onSilence = this.#onSilence
    if (ArtifactStore.isArtifactStore(component)) return persistently(component, { patienceMs: PATIENCE_MS, onSilence })
    throw configError('COMPONENT_INVALID', `${name} does not extend ArtifactStore`)
  }

  async #component(described: ComponentDescription, { projectFolder }: Origin, name: string): Promise<StackComponent> {
    const { type } = described
    const folder = projectFolder ?? this.#cwd
    const key = fingerprint({ described, folder })
    let made = this.#made.get(key)
    if (made === undefined) {
      const options = {
        projectFolder: folder,
        packagesFrom: this.#packagesFrom,
        ...(this.#importModule === undefined ? {} : { importModule: this.#importModule }),
        type,
        name,
      }
      made = restoreComponent(described, options).then(async (ref) => ref.load())
      this.#made.set(key, made)
      // What is missing may be there the next time.
      made.catch(() => this.#made.delete(key))
    }
    return made
  }
}

function elsewhere({ record, storeUri }: JournalRun, found: string): Error {
  return configError(
    'STACK_INVALID',
    `the run ${record.runId} lies in ${storeUri}, and its stack's artifact store is now ${found}`,
    'Restore what the stack was configured by, such as a variable of the environment.',
  )
}
