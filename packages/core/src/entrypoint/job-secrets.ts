import { SidestepError } from '../errors.ts'
import type { SecretResolver } from '../flavor/runtime.ts'
import type { JobSpec } from './job-spec.ts'

/** The values of all secrets of a step, by variable: those that the launcher handed on, and those resolved here. */
export async function jobSecrets(
  spec: JobSpec,
  resolvers: readonly SecretResolver[],
  environment: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, string>>> {
  const handed = spec.handedSecrets.map((name) => [name, handedValue(name, environment)] as const)
  const resolved = Object.entries(spec.secrets).map(
    async ([name, reference]) => [name, await resolve(reference, resolvers)] as const,
  )
  return Object.fromEntries([...handed, ...(await Promise.all(resolved))])
}

function handedValue(name: string, environment: NodeJS.ProcessEnv): string {
  const value = environment[name]
  if (value !== undefined) return value
  throw missing(`the secret ${name} did not reach the job`)
}

async function resolve(reference: string, resolvers: readonly SecretResolver[]): Promise<string> {
  const scheme = reference.slice(0, reference.indexOf(':'))
  const resolver = resolvers.find((candidate) => candidate.scheme === scheme)
  if (resolver === undefined) throw missing(`nothing in this job resolves secret references that begin with ${scheme}:`)
  return resolver.resolve(reference.slice(scheme.length + 1))
}

function missing(message: string): SidestepError {
  return new SidestepError(message, { code: 'SECRET_MISSING', kind: 'config' })
}
