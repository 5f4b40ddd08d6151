import { ACCOUNT_ID } from '../aws-json/aws-json-call.ts'
import type { Clock } from '../ground/clock.ts'
import type { RegistryLogin } from '../jobs/job.ts'
import { startGatedRegistry } from '../oci-registry/oci-registry.ts'
import { EcrGate, type IssuedLogin } from './ecr-gate.ts'

/** The registry that images are pushed to and pulled from, beside the API. */
export interface EcrRegistry {
  /** `127.0.0.1:41234`: what stands for `123456789012.dkr.ecr.<region>.amazonaws.com`. */
  readonly host: string
  /** By which services of AWS pull. */
  readonly serviceLogin: RegistryLogin
  /** A login for 12 hours. */
  issueLogin(): IssuedLogin
  /** Makes an empty repository; one that is there stays as it is. */
  createRepository(name: string): void
  /** Frees its port. */
  close(): Promise<void>
}

/**
 * Starts one, on a port of its own: as with ECR, every request needs a login, a repository has to be made before it is pushed to, blobs are
 * not mounted from other repositories, and PATCH answers 201.
 */
export async function startEcrRegistry(clock: Clock): Promise<EcrRegistry> {
  const gate = new EcrGate(clock)
  const registry = await startGatedRegistry(gate, {
    unknownRepository: (name) =>
      `The repository with name '${name}' does not exist in the registry with id '${ACCOUNT_ID}'`,
  })
  registry.setFaults({ unknownRepositories: true, createdOnPatch: true, noMounts: true })
  return {
    host: registry.host,
    serviceLogin: gate.serviceLogin,
    issueLogin: () => gate.issue(),
    createRepository: (name) => registry.createRepository(name),
    close: async () => registry.close(),
  }
}
