export {
  startOciRegistry,
  type OciRegistry,
  type OciRegistryFaults,
  type OciRegistryOptions,
  type RegistryRequest,
} from './oci-registry/oci-registry.ts'
