import { ContainerRegistry, type RegistryLogin } from '@sidestep/core'

/** As those of clouds: nobody has to run `docker login`. */
export class OwnRegistry extends ContainerRegistry<{ readonly uri: string; readonly password?: string }> {
  static override readonly FLAVOR = 'own'

  override get uri(): string {
    return this.config.uri
  }

  override async login(): Promise<RegistryLogin> {
    return { username: 'ann', password: this.config.password ?? 'secret' }
  }
}
