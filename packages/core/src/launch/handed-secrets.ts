import { configError } from '../errors.ts'

export interface SplitSecrets {
  /** References that the job resolves itself, by variable. */
  readonly references: Readonly<Record<string, string>>
  /** Values that the launcher hands on, by variable. Never written. */
  readonly values: Readonly<Record<string, string>>
}

/** Reads `env:` references where the operator takes them; leaves all others to the job. */
export function splitSecrets(
  secrets: Readonly<Record<string, string>>,
  handedSchemes: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): SplitSecrets {
  const references: Record<string, string> = {}
  const values: Record<string, string> = {}
  for (const [name, reference] of Object.entries(secrets)) {
    const scheme = reference.slice(0, reference.indexOf(':'))
    if (scheme !== 'env') references[name] = reference
    else if (!handedSchemes.includes(scheme)) {
      throw configError(
        'SECRET_MISSING',
        `the secret ${name} is ${reference}, and this step operator does not hand variables of the launcher on`,
        'Refer to a secret that the job can read itself, such as file:/run/secrets/token.',
      )
    } else values[name] = variable(name, reference.slice(scheme.length + 1), environment)
  }
  return { references, values }
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
