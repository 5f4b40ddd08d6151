export { startOciRegistry, type OciRegistry, type OciRegistryOptions } from './oci-registry/oci-registry.ts'
export type { OciRegistryAuth } from './oci-registry/gate.ts'
export type { OciRegistryFaults } from './oci-registry/faults.ts'
export type { RegistryRequest } from './oci-registry/request-log.ts'
