import { configError, type Duration } from '@sidestep/core'
import * as z from 'zod/mini'

import { absolutePath } from '../absolute-path.ts'
import type { ConfigSchema } from '../config-schema.ts'
import { described, makeConfigSchema } from '../make-config-schema.ts'
import { milliseconds, orIssue } from '../milliseconds.ts'
import { PARSE_CONTEXT } from '../parse-context.ts'
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

const host = z.string().check(({ value, issues }) => void orIssue(issues, value, () => connectionTo({ host: value })))

const someText = z.string().check(z.minLength(1))

const mount = strictObject({
  source: described(absolutePath.clone(), "Absolute path on the engine's machine."),
  target: described(z.optional(absolutePath), 'Absolute path in the container. Default: the same.'),
  readOnly: described(z.optional(z.boolean()), 'Whether the container may only read it. Default: false.'),
}) as z.ZodMiniType<unknown> as z.ZodMiniType<DockerMount>

/** Of `DockerConfig`. */
export const dockerConfigSchema: ConfigSchema<ResolvedDockerConfig> = makeConfigSchema(
  z.pipe(
    strictObject({
      host: described(
        z.optional(host),
        'Where the engine listens: unix:///…, tcp://… or ssh://…. Default: DOCKER_HOST, else the current context.',
      ),
      certPath: described(z.optional(absolutePath), 'Absolute path of the folder of ca.pem, cert.pem and key.pem.'),
      network: described(z.optional(someText), "The network of the containers. Default: the engine's."),
      mounts: described(
        z._default(z.array(mount), []),
        "Folders and files of the engine's machine that every container gets.",
      ),
      stopGrace: described(
        z.prefault(milliseconds, DEFAULT_STOP_GRACE),
        "How long a step may go on after it was told to stop, such as '90s', or in milliseconds.",
      ),
      keepContainers: described(z._default(z.boolean(), false), 'Leave the containers of attempts that are over.'),
    }),
    z.transform(({ host: given, certPath, network, mounts, stopGrace, keepContainers }) => ({
      engine: given === undefined ? defaultEngine() : { host: given, ...(certPath === undefined ? {} : { certPath }) },
      ...(network === undefined ? {} : { network }),
      mounts,
      stopGraceMs: stopGrace,
      keepContainers,
    })),
  ),
)

const settings = strictObject({
  gpuDevices: described(
    z.optional(z.array(someText).check(z.minLength(1))),
    'The GPUs that the container gets, by index or UUID.',
  ),
}) as z.ZodMiniType<unknown> as z.ZodMiniType<DockerStepSettings>

/** Of `DockerStepSettings`. */
export const dockerSettingsSchema: ConfigSchema<DockerStepSettings> = makeConfigSchema(settings)

/** Throws a `CONFIG_INVALID` error where a step's `settings['step_operator.docker']` are not what they must be. */
export function checkSettings(given: object, stepName: string): void {
  const { error } = settings.safeParse(given, PARSE_CONTEXT)
  if (error === undefined) return
  const issues = error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw configError('CONFIG_INVALID', `settings['step_operator.docker'] of the step ${stepName}: ${issues.join('; ')}`)
}
