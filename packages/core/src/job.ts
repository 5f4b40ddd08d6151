// What `@sidestep/core` is inside a job: every value that the main entry has, with `pipeline()` refusing to start, and
// `main()` for the bundle's generated entry. Nothing here bundles, launches or reads a journal.
export { main, type MainOptions } from './entrypoint/main.ts'
export {
  checkConfig,
  editorSchema,
  editProjectFile,
  explainJournalMode,
  findProjectFile,
  FlavorRegistry,
  installLock,
  JobStepOperator,
  loadSource,
  openProject,
  openRuns,
  parseProjectText,
  planPipeline,
  PROJECT_FILE,
  readProjectFile,
  resolveLock,
  StackValidator,
  writeEditorSchema,
} from './entrypoint/launcher-only.ts'
export { isPipeline, pipeline } from './entrypoint/pipeline-in-job.ts'
export { checkRunId, newRunId } from './pipeline/run-id.ts'
export { silentOwner } from './runs/silent-owner.ts'

export { step } from './step/step.ts'
export { commandStep, file, folder } from './step/command-step.ts'
export { currentStepName } from './step/current-run.ts'
export { isArtifact } from './artifact/artifact.ts'
export { fileAt } from './artifact/file.ts'
export { folderAt } from './artifact/folder.ts'
export { resultKey } from './artifact/layout.ts'
export { registerMaterializer } from './artifact/materializer.ts'
export { Stack } from './stack/stack.ts'
export { COMPONENT_TYPES, StackComponent } from './stack/component.ts'
export { tryOut } from './stack/component-finding.ts'
export { oneOfType, typesWords, typeWords } from './stack/component-type.ts'
export { checkName, quoted } from './stack/component-name.ts'
export { nearestName } from './nearest-name.ts'
export { registeredSteps } from './step/registry.ts'
export { jsonSchemaOf } from './flavor/json-schema.ts'
export { propertiesOf, requiredOf, schemaAt, variantsOf } from './flavor/schema-parts.ts'
export { meantReference } from './flavor/shell-variable.ts'
export { isReferenceAlone, isSecret } from './flavor/written-secrets.ts'
export { parseSourcePath } from './flavor/source-path.ts'
export { BUILT_IN_STACK } from './project/built-in-stack.ts'
export { createHomeFolder, homeFolder } from './stack/home-folder.ts'
export { defineFlavor } from './flavor/define-flavor.ts'
export { defineIntegration } from './flavor/define-integration.ts'
export { ArtifactStore } from './artifact/artifact-store.ts'
export { ContainerRegistry } from './image/container-registry.ts'
export { IMAGE_COMMAND, ImageBuilder } from './image/image-builder.ts'
export { BaseStepOperator } from './operator/base-step-operator.ts'
export { isTerminal, PHASES } from './operator/phases.ts'
export { codeOf, configError, FAILURE_KINDS, messageOf, SidestepError } from './errors.ts'
export { formatBytes, formatDuration, parseDuration, parseMemory } from './units.ts'
export { systemClock } from './clock.ts'
export { systemRefusalHint } from './system-refusal.ts'
export { LAUNCH_POINTS } from './events.ts'
