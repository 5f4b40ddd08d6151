// A project's stacks and flavors, for programs that must start without the rest of core: the command line.
export {
  codeOf,
  configError,
  FAILURE_KINDS,
  messageOf,
  SidestepError,
  type ErrorCode,
  type FailureKind,
} from './errors.ts'
export {
  COMPONENT_TYPES,
  type ComponentLocation,
  type ComponentRef,
  type Problem,
  type StackComponentType,
} from './stack/component.ts'
export { oneOfType, typesWords, typeWords } from './stack/component-type.ts'
export { nearestName } from './nearest-name.ts'
export { checkName, quoted, type NamedThing } from './stack/component-name.ts'
export { createHomeFolder, homeFolder } from './stack/home-folder.ts'
export { Stack } from './stack/stack.ts'
export type { Flavor } from './flavor/define-flavor.ts'
export {
  FlavorRegistry,
  type FlavorSources,
  type KnownFlavor,
  type KnownIntegration,
  type RegistryOptions,
} from './flavor/flavor-registry.ts'
export { checkConfig, type CheckConfigOptions, type CheckedConfig } from './flavor/check-config.ts'
export type { ConfigIssue } from './flavor/config-issues.ts'
export { jsonSchemaOf, type JsonSchema } from './flavor/json-schema.ts'
export { propertiesOf, requiredOf, schemaAt, variantsOf } from './flavor/schema-parts.ts'
export { meantReference } from './flavor/shell-variable.ts'
export { isReferenceAlone, isSecret } from './flavor/written-secrets.ts'
export { loadSource, type ImportModule, type LoadSourceOptions } from './flavor/load-source.ts'
export { parseSourcePath, type SourcePath } from './flavor/source-path.ts'
export { StackValidator, type StackValidatorOptions } from './operator/stack-validator.ts'
export { registeredSteps } from './step/registry.ts'
export { editProjectFile } from './project/edit-project-file.ts'
export type { ProjectFileEdit } from './project/project-file-edit.ts'
export { editorSchema, writeEditorSchema } from './project/editor-schema.ts'
export { BUILT_IN_STACK } from './project/built-in-stack.ts'
export { openProject, type ActiveStack, type OpenProjectOptions, type Project } from './project/project.ts'
export {
  findProjectFile,
  parseProjectText,
  PROJECT_FILE,
  readProjectFile,
  type ComponentEntry,
  type ProjectFile,
  type StackEntry,
} from './project/project-file.ts'
export { systemRefusalHint } from './system-refusal.ts'
