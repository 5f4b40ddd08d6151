import { tryOut, type ComponentFinding, type ContainerRegistry, type DiagnoseOptions } from '@sidestep/core/component'

import { parseReference } from '../distribution/reference.ts'
import { RegistryClient } from '../distribution/registry-client.ts'
import { canonicalHost } from '../distribution/registry-host.ts'
import { DEFAULT_REPOSITORY } from './default-repository.ts'

/** Somebody looks at a terminal meanwhile: a registry that is down is known after some three seconds. */
const RETRY_DELAY_MS = 20
const SILENCE_MS = 8_000

/**
 * Whether a registry is there, takes the login, and lets it push: an upload is begun where images without a
 * `targetRepository` go, and given up. Nothing is left there. For any registry that speaks the OCI distribution API.
 */
export async function diagnoseRegistry(
  registry: ContainerRegistry<any>,
  options: DiagnoseOptions,
): Promise<readonly ComponentFinding[]> {
  const { registry: host, repository } = parseReference(`${registry.uri}/${DEFAULT_REPOSITORY}`)
  const client = new RegistryClient({
    registry: canonicalHost(host),
    login: (call) => registry.login(call),
    retryDelayMs: RETRY_DELAY_MS,
    silenceMs: SILENCE_MS,
  })
  try {
    const tried = `beginning an upload to ${host}/${repository}, and giving it up`
    const finding = await tryOut(tried, options, async () => {
      const { login, isGivenUp } = await client.repository(repository, { push: true }).tryPush(options)
      const left = isGivenUp ? '' : '; it could not be given up, and the registry forgets it by itself'
      return { state: 'ok', found: `one may push there (${login ?? 'nobody had to log in'})${left}` }
    })
    return [finding]
  } finally {
    client.close()
  }
}
