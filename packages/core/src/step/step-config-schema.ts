import * as z from 'zod/mini'

import { FAILURE_KINDS, type SidestepError } from '../errors.ts'
import { parseDuration, parseMemory, type Duration, type Memory } from '../units.ts'
import type { StepConfig } from './step-config.ts'

/** Makes a schema when it is first asked for: a step uses few of them, and together they take longer than all its checks. */
const once = <Schema>(make: () => Schema): (() => Schema) => {
  let made: Schema | undefined
  return () => (made ??= make())
}

const checked = <T>(schema: z.ZodMiniType<T>, check: (value: T) => unknown): z.ZodMiniType<T> =>
  schema.check(
    z.superRefine((value, context) => {
      try {
        check(value)
      } catch (error) {
        const { message, hint } = error as Partial<SidestepError> & Error
        context.addIssue({ code: 'custom', message: hint === undefined ? message : `${message}; ${lowerFirst(hint)}` })
      }
    }),
  )

/** A hint that goes on after what it is for. */
const lowerFirst = (hint: string): string => `${hint.slice(0, 1).toLowerCase()}${hint.slice(1).replace(/\.$/, '')}`

const text = z.string()
const optionalText = once(() => z.optional(text))
const optionalTexts = once(() => z.optional(z.array(text)))
const optionalBoolean = once(() => z.optional(z.boolean()))
const someText = once(() => text.check(z.minLength(1)))
const positiveInteger = once(() => z.int().check(z.positive()))

const name = text.check(
  z.regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'must be 1 to 63 letters, digits, `.`, `_` or `-`, and begin with a letter or digit',
  ),
)

const memory = (): z.ZodMiniType<Memory> =>
  checked(text as unknown as z.ZodMiniType<Memory>, (value) => parseMemory(value, 'it'))

const duration = (): z.ZodMiniType<Duration> =>
  checked(z.union([text, z.number()]) as z.ZodMiniType<Duration>, (value) => parseDuration(value, 'it'))

const ownVariables = once(() => {
  const variableName = text.check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a name of an environment variable'))
  return checked(z.record(variableName, text), (variables) => {
    const reserved = Object.keys(variables).find((variable) => variable.startsWith('SIDESTEP_'))
    if (reserved !== undefined)
      throw new Error(`${reserved} is reserved: names that begin with SIDESTEP_ are Sidestep's own`)
  })
})

const secrets = (): z.ZodMiniType =>
  checked(ownVariables(), (references) => {
    const bad = Object.entries(references).find(([, reference]) => !/^[a-z][a-z0-9-]*:./.test(reference))
    // The value is not shown: whoever writes a secret itself here must not find it in a log.
    if (bad !== undefined)
      throw new Error(`${bad[0]} is not a reference such as env:${bad[0]} or file:/run/secrets/token`)
  })

const resources = (): z.ZodMiniType =>
  z.strictObject({
    cpuCount: z.optional(z.number().check(z.positive())),
    memory: z.optional(memory()),
    gpuCount: z.optional(z.int().check(z.nonnegative())),
    gpuType: z.optional(someText()),
    instanceCount: z.optional(positiveInteger()),
  })

const docker = (): z.ZodMiniType =>
  z.strictObject({
    parentImage: z.optional(someText()),
    requirements: z.optional(z.union([z.array(someText()), z.literal('lockfile')])),
    pipRequirements: optionalTexts(),
    aptPackages: optionalTexts(),
    dockerfile: optionalText(),
    environment: z.optional(z.record(text, text)),
    platform: optionalText(),
    workdir: optionalText(),
    user: optionalText(),
    files: optionalTexts(),
    targetRepository: optionalText(),
    preventBuildReuse: optionalBoolean(),
    skipBuild: optionalBoolean(),
  })

const timeouts = (): z.ZodMiniType => {
  const limit = z.optional(duration())
  return z.strictObject({ queue: limit, run: limit, total: limit })
}

const cancel = (): z.ZodMiniType => {
  const policy = z.optional(z.enum(['cancelAndWait', 'cancel', 'detach']))
  return z.strictObject({
    onAbort: policy,
    onSignal: policy,
    onTimeout: policy,
    onSiblingFailure: policy,
    onLostHeartbeat: policy,
  })
}

/** What each key of a step's configuration takes. */
const KEYS: Readonly<Record<keyof StepConfig<never>, () => z.ZodMiniType>> = {
  name: () => name,
  stepOperator: once(() => z.optional(z.union([name, z.literal(true)]))),
  resources: once(() => z.optional(resources())),
  docker: once(() => z.optional(docker())),
  timeouts: once(() => z.optional(timeouts())),
  retry: once(() =>
    z.optional(z.strictObject({ maxAttempts: positiveInteger(), on: z.optional(z.array(z.enum(FAILURE_KINDS))) })),
  ),
  cancel: once(() => z.optional(cancel())),
  environment: once(() => z.optional(ownVariables())),
  secrets: once(() => z.optional(secrets())),
  cache: once(() => z.optional(z.union([z.boolean(), z.strictObject({ version: text })]))),
  key: once(() =>
    z.optional(z.union([someText(), z.custom<(input: unknown) => string>((value) => typeof value === 'function')])),
  ),
  settings: once(() =>
    z.optional(
      z.record(
        text.check(z.regex(/^step_operator\../, 'must be `step_operator.` and the name of a flavor')),
        z.looseObject({}),
      ),
    ),
  ),
}

/** Whether a text can be a step's name. */
export function isStepName(given: unknown): boolean {
  return name.safeParse(given).success
}

/** For a step's configuration: of the keys that it may have, `name` and those that it has. Other keys are errors. */
export function stepConfigSchema(given: unknown): z.ZodMiniType {
  const isObject = typeof given === 'object' && given !== null
  const present = Object.entries(KEYS).filter(([key]) => key === 'name' || (isObject && key in given))
  return z.strictObject(Object.fromEntries(present.map(([key, schema]) => [key, schema()])))
}

/** The keys that can be given where a path leads in a step's configuration; none where any can, or it is no object. */
export function knownKeysAt(path: readonly PropertyKey[]): readonly string[] {
  const [first, ...inner] = path.map(String)
  if (first === undefined) return Object.keys(KEYS)
  let schema: unknown = Object.entries(KEYS).find(([key]) => key === first)?.[1]()
  for (const part of inner) schema = shapeOf(schema)?.[part]
  return Object.keys(shapeOf(schema) ?? {})
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  if (schema instanceof z.ZodMiniOptional) return shapeOf(schema.def.innerType)
  return schema instanceof z.ZodMiniObject ? schema.shape : undefined
}

const storedSpecs = (): z.ZodMiniType =>
  z.record(
    text.check(z.regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'must begin with a letter and hold letters, digits, `_` and `-`')),
    z.strictObject({
      kind: z.enum(['file', 'folder']),
      name: text.check(z.regex(/^(?!\.{1,2}$)[^/\\\0]+$/, 'is not a plain file name')),
    }),
  )

/** For what a step has that is a command. */
export const commandSchema: () => z.ZodMiniType = once(() => {
  const specs = storedSpecs()
  return z.object({
    command: z.array(text).check(z.minLength(1, 'needs a program')),
    files: z.array(someText()),
    inputs: specs,
    outputs: specs,
  })
})
