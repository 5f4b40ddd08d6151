// What a pipeline is written with.
export { step, type In, type Step } from './step/step.ts'
export {
  commandStep,
  file,
  folder,
  type CommandStepParts,
  type FileSpec,
  type FolderSpec,
} from './step/command-step.ts'
export { isPipeline, pipeline, type Pipeline, type PipelineOptions } from './pipeline/pipeline.ts'
export type { PipelineRun, ResumeOptions, RunOptions } from './pipeline/pipeline-run.ts'
export { checkRunId, newRunId } from './pipeline/run-id.ts'
export type { Unwrap } from './pipeline/unwrap.ts'
export type { PhaseDuration, RunEvent } from './pipeline/run-events.ts'
export type { StepContext } from './step/step-context.ts'
export type { DockerSettings, ResourceSettings, StepConfig, StepSettings } from './step/step-config.ts'
export type { CancelPolicies, CancelPolicy, ResolvedTimeouts, RetryPolicy } from './step/policies.ts'
export { currentStepName } from './step/current-run.ts'

// Values and where they are kept.
export { isArtifact, type Artifact } from './artifact/artifact.ts'
export { fileAt, type ReadOptions, type StoredFile } from './artifact/file.ts'
export { folderAt, type Folder } from './artifact/folder.ts'
export {
  registerMaterializer,
  type LoadContext,
  type Materialized,
  type Materializer,
  type Part,
  type PartExpectation,
  type SaveContext,
  type ValueFormat,
  type ValueReader,
} from './artifact/materializer.ts'
export { resultKey, type AttemptKey, type StepRunName } from './artifact/layout.ts'
export type { LogExtent, LogLine, ResultManifest, SerializedError } from './artifact/manifest.ts'
export type { JobProcess } from './job-process.ts'
export type { StoredValue } from './artifact/stored-value.ts'

// Runs and jobs from outside.
export { planPipeline, type Plan, type PlanOptions } from './runs/plan.ts'
export type { PlannedImage, PlannedStep } from './runs/plan-step.ts'

// Stacks, components and flavors.
export { Stack, type StackOptions, type StackPart, type StepOperatorComponent } from './stack/stack.ts'
export type { ComponentDescription, FlavorSource, StackDescription } from './stack/stack-description.ts'
export {
  StackComponent,
  type ComponentLocation,
  type ComponentRef,
  type RegisteredSource,
  type Problem,
  type StackComponentType,
} from './stack/component.ts'
export { tryOut, type ComponentFinding, type DiagnoseOptions } from './stack/component-finding.ts'
export { createHomeFolder, homeFolder, type HomeFolderOptions } from './stack/home-folder.ts'
export { defineFlavor, type Flavor, type FlavorDescription } from './flavor/define-flavor.ts'
export { defineIntegration, type Integration, type IntegrationDescription } from './flavor/define-integration.ts'
export {
  FlavorRegistry,
  type FlavorSources,
  type KnownFlavor,
  type KnownIntegration,
  type RegistryOptions,
} from './flavor/flavor-registry.ts'
export type { ImportModule } from './flavor/load-source.ts'
export { ArtifactStore, type Body, type StoreCallOptions, type StoredObject } from './artifact/artifact-store.ts'
export { BaseStepOperator, type Capabilities } from './operator/base-step-operator.ts'
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
export { StackValidator, type StackValidatorOptions } from './operator/stack-validator.ts'
export type { LaunchContext, LaunchReport } from './operator/launch-context.ts'
export type { StepRunInfo } from './operator/step-run-info.ts'
export type { AttemptOutcome, AttemptRecord, AttemptState, CreateRecord } from './journal/attempt-record.ts'
export type { LauncherRecord, RunEnd, RunEndError, RunEndStatus } from './journal/run-record.ts'
export type { Machine } from './machine.ts'
export type { ArtifactStoreRuntime, SecretResolver, StepOperatorRuntime } from './flavor/runtime.ts'

// A project's sidestep.yaml.
export { openProject, type ActiveStack, type OpenProjectOptions, type Project } from './project/project.ts'
export type { ComponentEntry, ProjectFile, StackEntry } from './project/project-file.ts'

// The port of a provider.
export { JobStepOperator, type JobStepOperatorOptions } from './launch/job-step-operator.ts'
export type {
  CallOptions,
  FactsOptions,
  FoundJob,
  JobHandle,
  JobLabels,
  JobQuery,
  JobService,
  JobToPrepare,
  ProviderLogPage,
  SubmitOptions,
} from './operator/job-service.ts'
export {
  isTerminal,
  PHASES,
  type Observation,
  type Phase,
  type JobUsage,
  type PhaseStart,
  type TerminalPhase,
} from './operator/phases.ts'
export { installLock, type InstallOptions, type TargetPlatform } from './environment/install.ts'
export { resolveLock, type Lock } from './environment/lock.ts'

// Runs and jobs from outside.
export { openRuns } from './runs/open-runs.ts'
export { explainJournalMode, type JournalModeReport } from './journal/journal-mode.ts'
export { silentOwner } from './runs/silent-owner.ts'
export type { JobFilter, OpenRunsOptions, RunFilter, Runs } from './runs/runs.ts'
export type { RunOwner, RunState, RunSummary } from './runs/run-summary.ts'
export type { RunArtifact, RunAttempt, RunDetails } from './runs/run-details.ts'
export type { FollowLogOptions, FollowOptions, LogOptions } from './runs/run-feed.ts'
export type { RunLogLine } from './runs/attempt-log.ts'
export type { CancelJobOptions } from './runs/cancel-job.ts'
export type { CancelRunOptions } from './runs/cancel-run.ts'
export type { JobSummary } from './runs/job-summary.ts'

// Errors, units, time.
export {
  codeOf,
  configError,
  FAILURE_KINDS,
  messageOf,
  SidestepError,
  type ErrorCode,
  type FailureKind,
  type JobFailure,
  type SidestepErrorOptions,
} from './errors.ts'
export { formatBytes, formatDuration, parseDuration, parseMemory, type Duration, type Memory } from './units.ts'
export { systemClock, type Clock } from './clock.ts'
export { LAUNCH_POINTS, type LaunchEvent, type LaunchPoint, type LaunchPointName } from './events.ts'
