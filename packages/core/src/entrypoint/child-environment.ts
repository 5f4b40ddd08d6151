import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { SidestepError } from '../errors.ts'
import type { StepOperatorRuntime } from '../flavor/runtime.ts'
import type { BodyOutcome } from './body.ts'
import { jobSecrets } from './job-secrets.ts'
import { JOB_VARIABLES, type JobSpec } from './job-spec.ts'
import { redactor } from './redact.ts'
import { serializeError } from './serialize-error.ts'

export interface ChildEnvironment {
  readonly environment: NodeJS.ProcessEnv
  /** Hides the secrets that are in it. */
  readonly redact: (text: string) => string
  /** Where a secret is missing, or this is not the file that was sent: that is the end, and nothing is started. */
  readonly failure?: BodyOutcome
}

/** The environment of the process that runs user code: without what only the entrypoint needs, with the secrets. */
export async function childEnvironment(spec: JobSpec, runtime: StepOperatorRuntime): Promise<ChildEnvironment> {
  const {
    [JOB_VARIABLES.nonce]: _nonce,
    [JOB_VARIABLES.parentFd]: _parentFd,
    [JOB_VARIABLES.signalsGroup]: _signalsGroup,
    ...inherited
  } = process.env
  const environment = { ...inherited, ...spec.environment }
  const bundle = fileURLToPath(import.meta.url)
  try {
    if ((await sha256OfFile(bundle)) !== spec.bundleSha256) {
      throw new SidestepError(`${bundle} is not the file that the launcher sent`, {
        code: 'ARTIFACT_CORRUPT',
        kind: 'infra',
      })
    }
    const secrets = await jobSecrets(spec, runtime.secretResolvers ?? [], process.env)
    return { redact: redactor(Object.values(secrets)), environment: { ...environment, ...secrets } }
  } catch (error) {
    const kind = SidestepError.isInstance(error) ? error.kind : 'infra'
    const failure = { pid: process.pid, failure: { kind, error: serializeError(error, { bundle }) } }
    return { redact: (text) => text, environment, failure }
  }
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
