import { dockerLogin, parseReference } from '@sidestep/images'

import type { PullLogin } from './pull-image.ts'

/** Who Docker's own configuration of this machine says to be at an image's registry. `undefined`: nobody. */
export async function loginFor(image: string, signal: AbortSignal): Promise<PullLogin | undefined> {
  return (await dockerLogin(parseReference(image).registry, { signal })).login
}
