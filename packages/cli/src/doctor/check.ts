import type { Project } from '@sidestep/core/project'

/** What a check works on. */
export interface DoctorContext {
  readonly project: Project
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** One thing that a check has found. */
export interface Outcome {
  /** `warning`: it works, and may not do what is meant. `problem`: something will not work. */
  /** What was done for this one, where that is not what the check says. */
  readonly tried?: string
  readonly state: 'ok' | 'warning' | 'problem'
  readonly found: string
  /** What to do. */
  readonly hint?: string
}

/** Something that `doctor` tries. What it throws is a problem. */
export interface Check {
  readonly name: string
  /** What it does, for whoever reads the outcome. */
  readonly tried: string
  /** Names of checks before it: where one of them has found a problem, this one is not tried. */
  readonly needs?: readonly string[]
  readonly run: (context: DoctorContext) => readonly Outcome[] | Promise<readonly Outcome[]>
}

/** An outcome, and what had been tried. */
export interface Finding extends Outcome {
  readonly check: string
  readonly tried: string
}
