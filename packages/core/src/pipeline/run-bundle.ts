import { join } from 'node:path'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { bundleKey } from '../artifact/layout.ts'
import { persist } from '../artifact/persist.ts'
import { bundleModule, type Bundle } from '../bundle/bundle-module.ts'
import { checkBundle } from '../bundle/load-check.ts'
import { parseRequirement } from '../environment/parse-requirement.ts'
import { configError } from '../errors.ts'
import { atPoint, type AttemptName } from '../events.ts'
import type { Stack } from '../stack/stack.ts'
import type { StepDefinition } from '../step/definition.ts'
import { registeredSteps } from '../step/registry.ts'

export interface RunBundleOptions {
  /** Path of the file that defines the pipeline. */
  readonly module: string | undefined
  readonly stack: Stack
  readonly store: ArtifactStore
  readonly home: string
  readonly signal: AbortSignal
}

/** The one bundle of a run: made when the first step needs it, uploaded and checked once. */
export class RunBundle {
  readonly #options: RunBundleOptions
  #made: Promise<Bundle> | undefined
  #uploaded: Promise<void> | undefined
  #onMade: (bundle: Bundle) => Promise<void> = async () => undefined

  constructor(options: RunBundleOptions) {
    this.#options = options
  }

  /** Hears of the bundle before any job gets it. */
  onMade(listener: (bundle: Bundle) => Promise<void>): void {
    this.#onMade = listener
  }

  /** The bundle, checked to load and to define the step, in the store. */
  async forStep(definition: StepDefinition, name: AttemptName): Promise<Bundle> {
    const { signal } = this.#options
    const bundle = await this.made(name)
    const needed = definition.kind === 'function' ? [definition.name] : []
    await atPoint('1.load-check', name, () =>
      checkBundle(bundle, { steps: needed, projectModule: this.#module(), signal }),
    )
    this.#uploaded ??= this.#upload(bundle, name).catch((error: unknown) => {
      // The next step asks again: what was in the way may be gone.
      this.#uploaded = undefined
      throw error
    })
    await this.#uploaded
    return bundle
  }

  async #upload(bundle: Bundle, name: AttemptName): Promise<void> {
    const { store, signal } = this.#options
    await atPoint('1.upload', name, async () => {
      await this.#onMade(bundle)
      await upload(bundle, store, signal)
    })
  }

  /** The bundle as it was made, for its module graph. */
  async made(name: AttemptName): Promise<Bundle> {
    this.#made ??= atPoint('1.bundle', name, () => this.#make())
    return this.#made
  }

  async #make(): Promise<Bundle> {
    const { stack, home, signal } = this.#options
    const { runtime: artifactStoreRuntime } = await stack.artifactStore()
    if (artifactStoreRuntime === undefined) {
      throw configError(
        'COMPONENT_INVALID',
        `the artifact store of the stack ${stack.name} has no runtime module, so no job can open it`,
        'Give its flavor a `runtime` in defineFlavor().',
      )
    }
    return bundleModule({
      module: this.#module(),
      external: externalPackages(),
      artifactStoreRuntime,
      stepOperatorRuntimes: stack.stepOperatorRuntimes,
      folder: join(home, 'bundles'),
      signal,
    })
  }

  #module(): string {
    const { module } = this.#options
    if (module !== undefined) return module
    throw configError(
      'MODULE_NOT_FOUND',
      'the file that defines the pipeline is not known, so it cannot be sent to a job',
      'Give it to the pipeline: pipeline(name, run, { module: import.meta.url }).',
    )
  }
}

async function upload(bundle: Bundle, store: ArtifactStore, signal: AbortSignal): Promise<void> {
  const { createReadStream } = await import('node:fs')
  const key = bundleKey(bundle.sha256)
  if ((await store.stat(key, { signal })) !== undefined) return
  // Every try reads the file anew, as a store that tries again by itself could not.
  await persist(() => store.put(key, createReadStream(bundle.path), { signal }), { signal })
}

/** What any step installs for itself stays an import in the bundle that all steps share. */
function externalPackages(): readonly string[] {
  const names = registeredSteps().flatMap(({ config }) => {
    const requirements = config.docker?.requirements
    return Array.isArray(requirements) ? requirements.map((text: string) => parseRequirement(text).name) : []
  })
  return [...new Set(names)].toSorted()
}
