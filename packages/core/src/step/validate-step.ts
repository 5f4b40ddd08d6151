import { closest } from 'fastest-levenshtein'
import * as z from 'zod'

import { configError, FAILURE_KINDS } from '../errors.ts'
import { quoted } from '../stack/component-name.ts'
import { parseDuration, parseMemory, type Duration, type Memory } from '../units.ts'
import type { StepDefinition } from './definition.ts'

const checked = <T>(schema: z.ZodType<T>, check: (value: T) => unknown): z.ZodType<T> =>
  schema.superRefine((value, context) => {
    try {
      check(value)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
    }
  })

const duration = checked(z.union([z.string(), z.number()]) as z.ZodType<Duration>, (value) =>
  parseDuration(value, 'it'),
)
const memory = checked(z.string() as unknown as z.ZodType<Memory>, (value) => parseMemory(value, 'it'))
const strings = z.record(z.string(), z.string())
const cancelPolicy = z.enum(['cancelAndWait', 'cancel', 'detach'])
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a name of an environment variable')
const ownVariables = checked(z.record(variableName, z.string()), (variables) => {
  const reserved = Object.keys(variables).find((name) => name.startsWith('SIDESTEP_'))
  if (reserved !== undefined)
    throw new Error(`${reserved} is reserved: names that begin with SIDESTEP_ are Sidestep's own`)
})

const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'must be 1 to 63 letters, digits, `.`, `_` or `-`, and begin with a letter or digit',
  )

const stepConfig = z.strictObject({
  name,
  stepOperator: z.union([name, z.literal(true)]).optional(),
  resources: z
    .strictObject({
      cpuCount: z.number().positive().optional(),
      memory: memory.optional(),
      gpuCount: z.int().nonnegative().optional(),
      gpuType: z.string().min(1).optional(),
      instanceCount: z.int().positive().optional(),
    })
    .optional(),
  docker: z
    .strictObject({
      parentImage: z.string().min(1).optional(),
      requirements: z.union([z.array(z.string().min(1)), z.literal('lockfile')]).optional(),
      pipRequirements: z.array(z.string()).optional(),
      aptPackages: z.array(z.string()).optional(),
      dockerfile: z.string().optional(),
      environment: strings.optional(),
      platform: z.string().optional(),
      workdir: z.string().optional(),
      user: z.string().optional(),
      files: z.array(z.string()).optional(),
      targetRepository: z.string().optional(),
      preventBuildReuse: z.boolean().optional(),
      skipBuild: z.boolean().optional(),
    })
    .optional(),
  timeouts: z
    .strictObject({ queue: duration.optional(), run: duration.optional(), total: duration.optional() })
    .optional(),
  retry: z.strictObject({ maxAttempts: z.int().positive(), on: z.array(z.enum(FAILURE_KINDS)).optional() }).optional(),
  cancel: z
    .strictObject({
      onAbort: cancelPolicy.optional(),
      onSignal: cancelPolicy.optional(),
      onTimeout: cancelPolicy.optional(),
      onSiblingFailure: cancelPolicy.optional(),
      onLostHeartbeat: cancelPolicy.optional(),
    })
    .optional(),
  environment: ownVariables.optional(),
  secrets: checked(ownVariables, (secrets) => {
    const bad = Object.entries(secrets).find(([, reference]) => !/^[a-z][a-z0-9-]*:./.test(reference))
    // The value is not shown: whoever writes a secret itself here must not find it in a log.
    if (bad !== undefined)
      throw new Error(`${bad[0]} is not a reference such as env:${bad[0]} or file:/run/secrets/token`)
  }).optional(),
  cache: z.union([z.boolean(), z.strictObject({ version: z.string() })]).optional(),
  key: z
    .union([z.string().min(1), z.custom<(input: unknown) => string>((value) => typeof value === 'function')])
    .optional(),
  settings: z
    .record(
      z.string().regex(/^step_operator\../, 'must be `step_operator.` and the name of a flavor'),
      z.looseObject({}),
    )
    .optional(),
})

const storedSpecs = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'must begin with a letter and hold letters, digits, `_` and `-`'),
  z.strictObject({
    kind: z.enum(['file', 'folder']),
    name: z.string().regex(/^(?!\.{1,2}$)[^/\\\0]+$/, 'is not a plain file name'),
  }),
)

const commandParts = z.object({
  command: z.array(z.string()).min(1, 'needs a program'),
  files: z.array(z.string().min(1)),
  inputs: storedSpecs,
  outputs: storedSpecs,
})

/** Checks what TypeScript could not, or was not asked to. Throws one `CONFIG_INVALID` error that names every problem. */
export function validateStep(definition: StepDefinition): void {
  const problems = [
    ...issuesOf(stepConfig.safeParse(definition.config)),
    ...(definition.kind === 'command' ? issuesOf(commandParts.safeParse(definition)) : unnamedFunction(definition.run)),
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
  return name.safeParse(given).success ? String(given) : quoted(String(given))
}

function unnamedFunction(run: unknown): readonly string[] {
  return typeof run === 'function' ? [] : ['its second argument is not a function']
}

function issuesOf(result: z.ZodSafeParseResult<unknown>): readonly string[] {
  return result.success ? [] : result.error.issues.flatMap(describeIssue)
}

function describeIssue(issue: z.core.$ZodIssue): readonly string[] {
  const path = issue.path.join('.')
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => `${path}: ${message}`)
  if (issue.code !== 'unrecognized_keys') return [`${path === '' ? 'it' : path}: ${issue.message}`]
  const known = keysAt(issue.path)
  return issue.keys.map((key) => {
    const near = known.length === 0 ? '' : ` (did you mean ${closest(key, known)}?)`
    return `${path === '' ? key : `${path}.${key}`} is not known${near}`
  })
}

/** The keys that the schema knows at a path. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schema: unknown = stepConfig
  for (const part of path) {
    const shape = shapeOf(schema)
    schema = shape?.[String(part)]
  }
  return Object.keys(shapeOf(schema) ?? {})
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  if (schema instanceof z.ZodOptional) return shapeOf(schema.unwrap())
  return schema instanceof z.ZodObject ? (schema.shape as Record<string, unknown>) : undefined
}
