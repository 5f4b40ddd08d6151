export {
  artifactStoreConformance,
  type ArtifactStoreConformanceOptions,
} from './artifact-store/artifact-store-conformance.ts'
export {
  containerRegistryConformance,
  type ContainerRegistryConformanceOptions,
} from './container-registry/container-registry-conformance.ts'
export type { Place } from './place.ts'
export {
  stepOperatorConformance,
  type ProviderStates,
  type StepOperatorConformanceOptions,
} from './step-operator/step-operator-conformance.ts'
export type { TestFunction } from './test-function.ts'
