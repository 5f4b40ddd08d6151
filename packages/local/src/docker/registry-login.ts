import type { LaunchContext } from '@sidestep/core'
import { registryLogin } from '@sidestep/images'

import type { PullLogin } from './pull-image.ts'

/** Who the engine is at the registries that it pulls from. */
export class RegistryLogins {
  #registry: LaunchContext['containerRegistry']

  /** From now on, the login of this registry is used for its host. It is the same for all launches of a stack. */
  use(registry: LaunchContext['containerRegistry']): void {
    this.#registry = registry
  }

  /** What the stack's registry says, else Docker's own configuration of this machine. `undefined`: nobody is logged in. */
  async loginFor(image: string, signal: AbortSignal): Promise<PullLogin | undefined> {
    const own = await this.#registry?.()
    return registryLogin(image, { ...(own === undefined ? {} : { own }), signal })
  }
}
