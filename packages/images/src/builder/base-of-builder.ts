import {
  configError,
  SidestepError,
  tryOut,
  type ComponentFinding,
  type DiagnoseOptions,
} from '@sidestep/core/component'

import { formatReference, parseReference } from '../distribution/reference.ts'
import { RegistryClient } from '../distribution/registry-client.ts'
import { canonicalHost } from '../distribution/registry-host.ts'
import { defaultParentImage, type ResolvedOciConfig } from '../oci/schemas.ts'

/** Somebody looks at a terminal meanwhile. */
const RETRY_DELAY_MS = 20
const SILENCE_MS = 8_000
/** Where the image itself cannot be had. */
const UNREAD: readonly string[] = ['REGISTRY_FAILED', 'IMAGE_UNKNOWN']

/** An error about the builder's own parent image, which the step does not name: its hint says whose image it is. Others as they are. */
export function ofBuilder(error: unknown, { parentImage, nodeVersion }: ResolvedOciConfig): unknown {
  if (!SidestepError.isInstance(error) || !UNREAD.includes(error.code)) return error
  const isDefault = parentImage === defaultParentImage(nodeVersion)
  const whose = isDefault
    ? `${parentImage} is what an image builder takes where neither it nor the step says another \`parentImage\`: give the builder, or the step's \`docker\`, one that can be read from here.`
    : `${parentImage} is the parentImage of the image builder, for steps that have no docker.parentImage.`
  return new SidestepError(error.message, {
    code: error.code,
    kind: error.kind,
    hint: [error.hint, whose].filter((it) => it !== undefined).join(' '),
    cause: error,
  })
}

/** Whether the parent image of a builder is there: its digest is asked for, which Docker Hub does not count. */
export async function diagnoseParentImage(
  config: ResolvedOciConfig,
  options: DiagnoseOptions,
): Promise<ComponentFinding> {
  const reference = parseReference(config.parentImage)
  const name = formatReference(reference)
  const { digest, tag = 'latest' } = reference
  const client = new RegistryClient({
    registry: canonicalHost(reference.registry),
    retryDelayMs: RETRY_DELAY_MS,
    silenceMs: SILENCE_MS,
  })
  try {
    return await tryOut(`reading ${name}, its parentImage`, options, async () => {
      try {
        const repository = client.repository(reference.repository)
        const found =
          (digest === undefined ? await repository.manifestDigest(tag, options) : undefined) ??
          (await repository.manifest(digest ?? tag, options))?.digest
        if (found === undefined) throw configError('IMAGE_UNKNOWN', `there is no image ${name}`)
        return { state: 'ok', found }
      } catch (error) {
        // A build has the login of the stack's registry too, which a builder alone does not know.
        if (!SidestepError.isInstance(error) || error.kind !== 'auth') throw ofBuilder(error, config)
        const hint = 'Where it is in the registry of the stack, its login may do: `sidestep plan FILE` tells.'
        return { state: 'warning', found: error.message, hint: [error.hint, hint].filter(Boolean).join(' ') }
      }
    })
  } finally {
    client.close()
  }
}
