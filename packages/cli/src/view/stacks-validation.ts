import { PROJECT_FILE, type Problem } from '@sidestep/core/project'
import type { StackDetails, StackPart } from '../stacks/stack-details.ts'
import { counted } from './counted.ts'
import { sanitizeLine, sanitizeText } from './sanitize.ts'
import { partName } from './stacks-details.ts'
import type { Style } from './style.ts'

/** A problem, with what is known of where it lies. */
export interface FoundProblem extends Problem {
  readonly part?: StackPart
  /** `sidestep.yaml:12:5`. */
  readonly place?: string
  /** Name of the step that asks for what its operator cannot do. */
  readonly step?: string
}

/** What `stack validate` has tried and found. */
export interface StackValidation {
  readonly details: StackDetails
  readonly problems: readonly FoundProblem[]
  /** Without all of its components, the rest cannot be tried. */
  readonly isComposed: boolean
  /** Steps of the pipeline that were checked: those that have an operator. */
  readonly steps: readonly string[]
}

/** Tried on every stack, besides its components. */
const RULES: readonly string[] = [
  'operators that run images have an image builder and a registry',
  'what works together is in one cloud and region',
  'every operator reaches the artifact store',
  'the operators have no objection of their own',
]

/** What was tried, what is wrong with it, and what to do. */
export function validationText(validation: StackValidation, style: Style): string[] {
  const { details, problems, steps } = validation
  const ok = style('green', '✔')
  const wrong = style('red', '✖')
  // A problem does not tell which of the rules has found it.
  const rule = problems.every(({ step }) => step !== undefined) ? ok : style('dim', '·')
  return [
    `stack ${style('bold', sanitizeLine(details.name))}`,
    ...details.parts.map((part) => `  ${isWrong(part, problems) ? wrong : ok} ${partName(part)}`),
    ...rulesTried(validation).map((text) => `  ${rule} ${text}`),
    ...steps.map((step) => `  ${problems.some((each) => each.step === step) ? wrong : ok} step ${sanitizeLine(step)}`),
    ...problems.flatMap((problem) => ['', ...problemText(problem, style)]),
    '',
    problems.length === 0 ? 'nothing is wrong with it' : counted(problems.length, 'problem'),
  ]
}

/** Where a problem lies; empty where its message says it. */
export function problemWhere({ place, path, step, message }: FoundProblem): string {
  const told = message.startsWith(`${PROJECT_FILE}:`) ? [] : [place, step === undefined ? path : `step ${step}`]
  return told.filter((part) => part !== undefined).join(' ')
}

/** One problem, its place first. */
export function problemText(problem: FoundProblem, style: Style): string[] {
  const { message, hint } = problem
  const where = problemWhere(problem)
  const [first = '', ...rest] = sanitizeText(message).split('\n')
  return [
    `${style('red', '✖')} ${where === '' ? '' : `${sanitizeLine(where)}: `}${first}`,
    ...rest.map((line) => `  ${line}`),
    ...(hint === ''
      ? []
      : sanitizeText(hint)
          .split('\n')
          .map((line, index) => `  ${index === 0 ? style('cyan', 'hint: ') : ''}${line}`)),
  ]
}

/** `stack validate --output json`: every field is there. */
export function jsonValidation(validation: StackValidation): Readonly<Record<string, unknown>> {
  const { details, problems, steps } = validation
  return {
    stack: details.name,
    valid: problems.length === 0,
    tried: {
      components: details.parts.map((part) => ({
        type: part.type,
        name: part.name ?? null,
        flavor: part.flavor,
        ok: !isWrong(part, problems),
      })),
      rules: rulesTried(validation),
      steps,
    },
    problems: problems.map(({ path, place, step, message, hint }) => ({
      path: path ?? null,
      place: place ?? null,
      step: step ?? null,
      message,
      hint,
    })),
  }
}

function rulesTried({ isComposed }: StackValidation): readonly string[] {
  return isComposed ? RULES : []
}

function isWrong(part: StackPart, problems: readonly FoundProblem[]): boolean {
  return problems.some((problem) => problem.part === part)
}
