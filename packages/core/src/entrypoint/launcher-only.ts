import { configError } from '../errors.ts'
import { BaseStepOperator } from '../operator/base-step-operator.ts'

/** What `openRuns()` is inside a job, which has no journal. */
export async function openRuns(): Promise<never> {
  throw launcherOnly('openRuns')
}

/** What `explainJournalMode()` is inside a job. */
export async function explainJournalMode(): Promise<never> {
  throw launcherOnly('explainJournalMode')
}

/** What `planPipeline()` is inside a job, which plans nothing. */
export async function planPipeline(): Promise<never> {
  throw launcherOnly('planPipeline')
}

/** What `openProject()` is inside a job, which has no stack to choose. */
export function openProject(): never {
  throw launcherOnly('openProject')
}

/** What `FlavorRegistry` is inside a job, which uses no flavor. */
export const FlavorRegistry: { open(): Promise<never> } = {
  async open() {
    throw launcherOnly('FlavorRegistry.open')
  },
}

/** What `StackValidator` is inside a job. */
export class StackValidator {
  constructor() {
    throw launcherOnly('new StackValidator')
  }
}

/** What `checkConfig()` is inside a job, which loads no component. */
export async function checkConfig(): Promise<never> {
  throw launcherOnly('checkConfig')
}

/** What `loadSource()` is inside a job. */
export async function loadSource(): Promise<never> {
  throw launcherOnly('loadSource')
}

/** What `findProjectFile()` is inside a job, which has no project. */
export function findProjectFile(): never {
  throw launcherOnly('findProjectFile')
}

/** As the launcher has it, without what reads the file. */
export const PROJECT_FILE = 'sidestep.yaml'

/** What `readProjectFile()` is inside a job. */
export async function readProjectFile(): Promise<never> {
  throw launcherOnly('readProjectFile')
}

/** What `parseProjectText()` is inside a job. */
export async function parseProjectText(): Promise<never> {
  throw launcherOnly('parseProjectText')
}

/** What `editProjectFile()` is inside a job. */
export async function editProjectFile(): Promise<never> {
  throw launcherOnly('editProjectFile')
}

/** What `editorSchema()` is inside a job. */
export async function editorSchema(): Promise<never> {
  throw launcherOnly('editorSchema')
}

/** What `writeEditorSchema()` is inside a job. */
export async function writeEditorSchema(): Promise<never> {
  throw launcherOnly('writeEditorSchema')
}

/** What `resolveLock()` is inside a job, whose packages are there. */
export async function resolveLock(): Promise<never> {
  throw launcherOnly('resolveLock')
}

/** What `installLock()` is inside a job. */
export async function installLock(): Promise<never> {
  throw launcherOnly('installLock')
}

/** What `JobStepOperator` is inside a job: classes are made of it, and none of them launches anything. */
export abstract class JobStepOperator<Config = object> extends BaseStepOperator<Config> {
  /** As the launcher has it: it throws. */
  get service(): never {
    throw launcherOnly('service')
  }

  override async launch(): Promise<never> {
    throw launcherOnly('launch')
  }
}

function launcherOnly(name: string): Error {
  return configError(
    'PIPELINE_IN_JOB',
    `${name}() was called in a job`,
    'Call it in the program that starts pipelines, or in `if (import.meta.main) { … }`.',
  )
}
