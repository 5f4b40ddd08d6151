import {
  tryOut,
  type ComponentFinding,
  type ContainerRegistry,
  type DiagnoseOptions,
  type RegistryCallOptions,
} from '@sidestep/core/component'
import { diagnoseRegistry } from '@sidestep/images'

/** The repository of images that name no other one, below the registry's prefix. */
const USUAL = 'sidestep'

/** As much of the registry as is tried. */
export interface DiagnosedRegistry extends ContainerRegistry<any> {
  readonly place: { readonly host: string; readonly prefix: string }
  hasRepository(name: string, options: RegistryCallOptions): Promise<boolean>
}

/**
 * Whether ECR gives a login, and images may be pushed with it: an upload is begun where images go, and given up. A repository that is not
 * there yet is made by the first build, so nothing is pushed to it, and nothing made.
 */
export async function diagnoseEcr(
  registry: DiagnosedRegistry,
  options: DiagnoseOptions,
): Promise<readonly ComponentFinding[]> {
  const { host, prefix } = registry.place
  const name = prefix === '' ? USUAL : `${prefix}/${USUAL}`
  const login = await tryOut(`logging in to ${host}`, options, async () => {
    const { username } = await registry.login(options).then((found) => found ?? { username: 'nobody' })
    return { state: 'ok', found: `ECR gave a login for ${username}` }
  })
  if (login.state !== 'ok') return [login]
  let isThere = false
  const look = await tryOut(`looking for the repository ${name}`, options, async () => {
    isThere = await registry.hasRepository(name, options)
    if (isThere) return { state: 'ok', found: 'it is there' }
    return {
      state: 'ok',
      found: 'it is not there yet: the first build makes it, which needs the right ecr:CreateRepository',
    }
  })
  return isThere ? [login, look, ...(await diagnoseRegistry(registry, options))] : [login, look]
}
