export {
  artifactStoreConformance,
  type ArtifactStoreConformanceOptions,
} from './artifact-store/artifact-store-conformance.ts'
export {
  containerRegistryConformance,
  type ContainerRegistryConformanceOptions,
} from './container-registry/container-registry-conformance.ts'
export type { Place } from './place.ts'
export type { ProviderStates } from './step-operator/provider-states.ts'
export type { Provoke, ProvokedKind } from './step-operator/provoked.ts'
export {
  stepOperatorConformance,
  type StepOperatorConformanceOptions,
} from './step-operator/step-operator-conformance.ts'
export type { TestFunction } from './test-function.ts'
