import {
  ContainerRegistry,
  type ComponentFinding,
  type ComponentLocation,
  type DiagnoseOptions,
} from '@sidestep/core/component'

import { isLoopback } from '../distribution/registry-host.ts'
import type { OciContainerRegistryConfig } from './oci-config.ts'

/** Any registry that speaks the OCI distribution API, with the logins of Docker's own configuration. */
export class OciContainerRegistry extends ContainerRegistry<OciContainerRegistryConfig> {
  static override readonly FLAVOR: 'oci' = 'oci'

  override get uri(): string {
    return this.config.uri.replace(/\/+$/u, '')
  }

  /** One on loopback is for this machine only. */
  override get location(): ComponentLocation | undefined {
    const { hostname } = new URL(`http://${this.uri}`)
    return isLoopback(hostname) ? { cloud: 'local' } : undefined
  }

  /** Loaded where it is asked for: no build needs it. */
  override async diagnose(options: DiagnoseOptions): Promise<readonly ComponentFinding[]> {
    const { diagnoseRegistry } = await import('./diagnose-registry.ts')
    return diagnoseRegistry(this, options)
  }
}
