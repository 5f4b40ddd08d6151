import type { JobFolder } from '../job/job-folder.ts'

/** What one create call hands to the supervisor that it starts. It travels in the environment and is never written. */
export interface CreateCall {
  readonly nonce: string
  readonly secrets: Readonly<Record<string, string>>
}

const NONCE = 'SIDESTEP_NONCE'
const SECRET_PREFIX = 'SIDESTEP_SECRET_'
const COMPILE_CACHE = 'NODE_COMPILE_CACHE'

/**
 * The environment of a supervisor: the launcher's, because npm's configuration may ask for any of it, without what
 * changes how Node.js runs and what belongs to a job around the launcher.
 */
export function supervisorEnvironment(
  launcher: NodeJS.ProcessEnv,
  { nonce, secrets }: CreateCall,
  { compileCache }: JobFolder,
): NodeJS.ProcessEnv {
  const kept = Object.entries(launcher).filter(
    ([name]) =>
      !name.startsWith('SIDESTEP_') && !['NODE_OPTIONS', 'NODE_V8_COVERAGE', 'NODE_CHANNEL_FD'].includes(name),
  )
  const handed = Object.entries(secrets).map(([name, value]) => [SECRET_PREFIX + name, value] as const)
  return Object.fromEntries([...kept, ...handed, [NONCE, nonce], [COMPILE_CACHE, compileCache]])
}

/** Takes the create call out of the supervisor's environment, and what else is its own, so that npm does not get it. */
export function takeCreateCall(environment: NodeJS.ProcessEnv): CreateCall {
  const secrets: Record<string, string> = {}
  for (const [name, value = ''] of Object.entries(environment)) {
    if (!name.startsWith(SECRET_PREFIX)) continue
    secrets[name.slice(SECRET_PREFIX.length)] = value
    Reflect.deleteProperty(environment, name)
  }
  const nonce = environment[NONCE] ?? ''
  for (const name of [NONCE, COMPILE_CACHE]) Reflect.deleteProperty(environment, name)
  return { nonce, secrets }
}
