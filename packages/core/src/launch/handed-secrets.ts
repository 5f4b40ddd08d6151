import { configError, type SidestepError } from '../errors.ts'
import { nearestName } from '../nearest-name.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import { flavorOf } from '../stack/component.ts'

export interface SplitSecrets {
  /** References that the job resolves itself, by variable. */
  readonly references: Readonly<Record<string, string>>
  /** Values that the launcher hands on, by variable. Never written. */
  readonly values: Readonly<Record<string, string>>
}

/** Reads `env:` references where the operator takes them; leaves those to the job that it can resolve. */
export function splitSecrets(
  secrets: Readonly<Record<string, string>>,
  operator: BaseStepOperator<any, any>,
  environment: NodeJS.ProcessEnv = process.env,
): SplitSecrets {
  const references: Record<string, string> = {}
  const values: Record<string, string> = {}
  for (const [name, reference] of Object.entries(secrets)) {
    const scheme = reference.slice(0, reference.indexOf(':'))
    const ofJob = operator.jobSecretSchemes
    if (scheme !== 'env') {
      if (ofJob !== undefined && !ofJob.includes(scheme)) throw unresolved(name, scheme, { operator, ofJob })
      references[name] = reference
    } else if (!operator.handedSecretSchemes.includes(scheme)) {
      throw configError(
        'SECRET_MISSING',
        `the secret ${name} is ${reference}, and this step operator does not hand variables of the launcher on`,
        `Refer to a secret that the job can read itself, ${ofJob === undefined ? 'such as file:/run/secrets/token' : `by ${listOf(ofJob)}`}.`,
      )
    } else values[name] = variable(name, reference.slice(scheme.length + 1), environment)
  }
  return { references, values }
}

/** What follows the scheme is not shown: it may be the secret itself. */
function unresolved(
  name: string,
  scheme: string,
  { operator, ofJob }: { readonly operator: BaseStepOperator<any, any>; readonly ofJob: readonly string[] },
): SidestepError {
  const handed = operator.handedSecretSchemes
  const known = [...handed, ...ofJob]
  const near = nearestName(scheme, known)
  return configError(
    'SECRET_MISSING',
    `the secret ${name} begins with ${scheme}:, and nothing resolves that in a job of the step operator ${flavorOf(operator)}`,
    `${near === undefined ? '' : `Did you mean ${near}:? `}There is: ${listOf(known)}.`,
  )
}

function listOf(schemes: readonly string[]): string {
  return schemes.map((scheme) => `${scheme}:`).join(', ')
}

function variable(name: string, source: string, environment: NodeJS.ProcessEnv): string {
  const value = environment[source]
  if (value !== undefined) return value
  throw configError(
    'SECRET_MISSING',
    `the secret ${name} is env:${source}, and the variable ${source} is not set here`,
    `Set ${source} for the launcher.`,
  )
}
