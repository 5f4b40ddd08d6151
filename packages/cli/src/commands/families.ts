import type { Command } from 'commander'
import type { SetExitCode } from './options.ts'

/**
 * Adds the commands of a family to the program; where the first of `words` is one of its names, those that the words name
 * are enough.
 */
export type AddCommands = (program: Command, setExitCode: SetExitCode, words?: readonly string[]) => void

/** Commands that are loaded together. */
export interface CommandFamily {
  /** The words of the first level: `sidestep WORD`. */
  readonly names: readonly string[]
  readonly load: () => Promise<AddCommands>
}

/** All commands, in the order of the help. A call loads the family of its first word, and no other. */
export const FAMILIES: readonly CommandFamily[] = [
  { names: ['init'], load: async () => (await import('./init.ts')).addInitCommand },
  { names: ['run'], load: async () => (await import('./run.ts')).addRunCommand },
  { names: ['plan'], load: async () => (await import('./plan.ts')).addPlanCommand },
  { names: ['runs'], load: async () => (await import('./runs.ts')).addRunsCommands },
  { names: ['jobs'], load: async () => (await import('./jobs.ts')).addJobsCommands },
  {
    names: ['step-operator', 'artifact-store', 'container-registry', 'image-builder'],
    load: async () => (await import('./components.ts')).addComponentCommands,
  },
  { names: ['stack'], load: async () => (await import('./stacks.ts')).addStackCommands },
  { names: ['integration'], load: async () => (await import('./integrations.ts')).addIntegrationCommands },
  { names: ['schema'], load: async () => (await import('./schema.ts')).addSchemaCommand },
  { names: ['simulate'], load: async () => (await import('./simulate.ts')).addSimulateCommand },
  { names: ['doctor'], load: async () => (await import('./doctor.ts')).addDoctorCommand },
  { names: ['complete'], load: async () => (await import('./complete.ts')).addCompleteCommand },
]
