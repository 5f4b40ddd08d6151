import { configError, parseDuration, SidestepError, type Duration } from '@sidestep/core'
import * as z from 'zod'

import { absolutePath } from '../absolute-path.ts'
import { strictObject } from '../strict-object.ts'
import type { DockerMount, DockerStepSettings } from './docker-config.ts'
import { defaultEngine, type EngineAddress } from './docker-host.ts'
import { connectionTo } from './engine-connection.ts'

/** A step operator's configuration, complete. */
export interface ResolvedDockerConfig {
  readonly engine: EngineAddress
  readonly network?: string
  readonly mounts: readonly DockerMount[]
  readonly stopGraceMs: number
  readonly keepContainers: boolean
}

const DEFAULT_STOP_GRACE: Duration = '10s'

const host: z.ZodType<string, string> = z
  .string()
  .superRefine((value, context) => void orIssue(context, () => connectionTo({ host: value })))

const milliseconds: z.ZodType<number, Duration> = z
  .union([z.string(), z.number()])
  .transform(
    (value, context): number => orIssue(context, () => parseDuration(value as Duration)) ?? z.NEVER,
  ) as z.ZodType<number, Duration>

const mount: z.ZodType<DockerMount> = strictObject({
  source: absolutePath.describe("Absolute path on the engine's machine."),
  target: absolutePath.optional().describe('Absolute path in the container. Default: the same.'),
  readOnly: z.boolean().optional().describe('Whether the container may only read it. Default: false.'),
}) as z.ZodType<DockerMount>

/** Of `DockerConfig`. */
export const dockerConfigSchema: z.ZodType<ResolvedDockerConfig> = strictObject({
  host: host
    .optional()
    .describe(
      'Where the engine listens: unix:///…, tcp://… or ssh://…. Default: DOCKER_HOST, else the current context.',
    ),
  certPath: absolutePath.optional().describe('Absolute path of the folder of ca.pem, cert.pem and key.pem.'),
  network: z.string().min(1).optional().describe("The network of the containers. Default: the engine's."),
  mounts: z.array(mount).default([]).describe("Folders and files of the engine's machine that every container gets."),
  stopGrace: milliseconds
    .prefault(DEFAULT_STOP_GRACE)
    .describe("How long a step may go on after it was told to stop, such as '90s', or in milliseconds."),
  keepContainers: z.boolean().default(false).describe('Leave the containers of attempts that are over.'),
}).transform(({ host: given, certPath, network, mounts, stopGrace, keepContainers }) => ({
  engine: given === undefined ? defaultEngine() : { host: given, ...(certPath === undefined ? {} : { certPath }) },
  ...(network === undefined ? {} : { network }),
  mounts,
  stopGraceMs: stopGrace,
  keepContainers,
}))

/** Of `DockerStepSettings`. */
export const dockerSettingsSchema: z.ZodType<DockerStepSettings> = strictObject({
  gpuDevices: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('The GPUs that the container gets, by index or UUID.'),
}) as z.ZodType<DockerStepSettings>

/** Throws a `CONFIG_INVALID` error where a step's `settings['step_operator.docker']` are not what they must be. */
export function checkSettings(settings: object, stepName: string): void {
  const { error } = dockerSettingsSchema.safeParse(settings)
  if (error === undefined) return
  const issues = error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw configError('CONFIG_INVALID', `settings['step_operator.docker'] of the step ${stepName}: ${issues.join('; ')}`)
}

function orIssue<T>(context: z.RefinementCtx, make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (!SidestepError.isInstance(error)) throw error
    context.addIssue({ code: 'custom', message: `${error.message}. ${error.hint ?? ''}` })
    return undefined
  }
}
