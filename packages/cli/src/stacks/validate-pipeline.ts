import { registeredSteps, StackValidator, type Project, type Stack } from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { captureOutput } from '../run/capture-output.ts'
import { exportedStacks } from '../run/choose-stack.ts'
import { loadPipelineFile } from '../run/load-pipeline-file.ts'
import { findPipelineFile } from '../run/pipeline-file.ts'
import { stackFor } from '../run/stack-for.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import type { FoundProblem } from '../view/stacks-validation.ts'

/** A stack, and whether the pipeline's file exports it. */
export interface StackOfPipeline {
  readonly stack: Stack
  readonly isExported: boolean
}

/** Loads a pipeline's file, and the stack that a run of it would have. */
export async function loadPipelineWithStack(
  named: string,
  { name, project, answer }: { readonly name: string | undefined; readonly project: Project; readonly answer: Answer },
): Promise<StackOfPipeline> {
  const cwd = process.cwd()
  // What the user's module prints while it is loaded is no part of the answer.
  const captured = captureOutput(process.stdout, (text) => void process.stderr.write(text))
  try {
    const file = await loadPipelineFile(findPipelineFile(named, cwd), { cwd })
    const exported = exportedStacks(file.exports, file.shown)
    const note = (line: string): void => answer.note([sanitizeLine(line)])
    const unnamed = async (): Promise<Stack> => {
      const { stack } = await stackFor(file, { option: undefined, environment: process.env, note, project })
      return stack ?? project.stack((await project.activeStack()).name)
    }
    const stack = name === undefined ? await unnamed() : (exported.get(name) ?? (await project.stack(name)))
    return { stack, isExported: [...exported.values()].includes(stack) }
  } finally {
    captured.release()
  }
}

/** Checks every step that the loaded modules define and that has an operator. */
export async function checkPipelineSteps(
  stack: Stack,
  project: Project,
): Promise<{ readonly steps: readonly string[]; readonly problems: readonly FoundProblem[] }> {
  const known = (await project.registry()).list('step_operator')
  const validator = new StackValidator(stack, { knownFlavors: known.map(({ flavor }) => flavor) })
  const definitions = registeredSteps().filter(({ config }) => config.stepOperator !== undefined)
  const problems: FoundProblem[] = []
  for (const definition of definitions) {
    const found = await validator.validateStep(definition)
    problems.push(...found.map((problem) => ({ ...problem, step: definition.name })))
  }
  return { steps: definitions.map(({ name }) => name), problems }
}
