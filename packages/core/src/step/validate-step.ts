import { closest } from 'fastest-levenshtein'
import type * as z from 'zod/mini'

import { configError } from '../errors.ts'
import { PARSE_CONTEXT } from '../parse-context.ts'
import { quoted } from '../stack/component-name.ts'
import type { StepDefinition } from './definition.ts'
import { commandSchema, isStepName, knownKeysAt, stepConfigSchema } from './step-config-schema.ts'

/** Checks what TypeScript could not, or was not asked to. Throws one `CONFIG_INVALID` error that names every problem. */
export function validateStep(definition: StepDefinition): void {
  const problems = [
    ...issuesOf(stepConfigSchema(definition.config).safeParse(definition.config, PARSE_CONTEXT)),
    ...(definition.kind === 'command'
      ? issuesOf(commandSchema().safeParse(definition, PARSE_CONTEXT))
      : unnamedFunction(definition.run)),
  ]
  if (problems.length === 0) return
  const where = definition.file === undefined ? '' : ` (${definition.file})`
  throw configError(
    'CONFIG_INVALID',
    `the step ${shownName(definition.name)}${where} is not configured right:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    'The type StepConfig of @sidestep/core has all that a step can be given.',
  )
}

/** A right name as it is; anything else so that a terminal can show it. */
function shownName(given: unknown): string {
  return isStepName(given) ? String(given) : quoted(String(given))
}

function unnamedFunction(run: unknown): readonly string[] {
  return typeof run === 'function' ? [] : ['its second argument is not a function']
}

function issuesOf(result: ReturnType<z.ZodMiniType['safeParse']>): readonly string[] {
  return result.success ? [] : result.error.issues.flatMap(describeIssue)
}

function describeIssue(issue: z.core.$ZodIssue): readonly string[] {
  const path = issue.path.join('.')
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => `${path}: ${message}`)
  if (issue.code !== 'unrecognized_keys') return [`${path === '' ? 'it' : path}: ${issue.message}`]
  const known = knownKeysAt(issue.path)
  return issue.keys.map((key) => {
    const near = known.length === 0 ? '' : ` (did you mean ${closest(key, known)}?)`
    return `${path === '' ? key : `${path}.${key}`} is not known${near}`
  })
}
