import { StackComponent } from '../stack/component.ts'

/** What a registry is asked with. */
export interface RegistryLogin {
  /** `<token>`: the password is an identity token (an OAuth2 refresh token). */
  readonly username: string
  /** Or a token. */
  readonly password: string
}

/** Who waits for a registry. */
export interface RegistryCallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/** Where the images of a stack lie. */
export abstract class ContainerRegistry<Config = object> extends StackComponent<Config> {
  static override readonly TYPE: 'container_registry' = 'container_registry'

  /** `host[:port][/path]`: repositories are made below it. */
  abstract readonly uri: string

  /** Who asks. `undefined`: what Docker's own configuration of this machine says. */
  async login(_options: RegistryCallOptions): Promise<RegistryLogin | undefined> {
    return undefined
  }

  /**
   * Makes sure that a repository is there, for registries that do not make one by the first push. Doing it again is
   * nothing. `name` is its full path in the registry: for `host/acme`, `acme/sidestep`.
   */
  async createRepository(_name: string, _options: RegistryCallOptions): Promise<void> {}
}
