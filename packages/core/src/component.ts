// What the classes of an integration's components are made with, for those that must load without the rest of core: image
// builders and container registries. The same classes and errors as those of the main entry.
export {
  codeOf,
  configError,
  messageOf,
  SidestepError,
  type ErrorCode,
  type FailureKind,
  type SidestepErrorOptions,
} from './errors.ts'
export { ContainerRegistry, type RegistryCallOptions, type RegistryLogin } from './image/container-registry.ts'
export {
  IMAGE_COMMAND,
  ImageBuilder,
  type BuildImageOptions,
  type BuiltImage,
  type ImageBundle,
  type ImagePart,
  type ImageRecipe,
  type PlanImageOptions,
} from './image/image-builder.ts'
export { StackComponent, type ComponentLocation } from './stack/component.ts'
export { tryOut, type ComponentFinding, type DiagnoseOptions } from './stack/component-finding.ts'
export type { DockerSettings } from './step/step-config.ts'
export { nearestName } from './nearest-name.ts'
export { formatBytes } from './units.ts'
