import { posix } from 'node:path'

import { configError, type DockerSettings } from '@sidestep/core'

/** Settings that need something to run while the image is made. */
const NEED_AN_ENGINE = ['dockerfile', 'aptPackages', 'pipRequirements'] as const

/** Throws `IMAGE_INVALID` for what cannot be done without an engine, and for settings that no image can have. */
export function checkSettings(settings: DockerSettings): void {
  const used = NEED_AN_ENGINE.filter((key) => (settings[key]?.length ?? 0) > 0)
  if (used.length > 0) {
    throw configError(
      'IMAGE_INVALID',
      `${used.map((key) => `docker.${key}`).join(' and ')} needs the image builder docker: the image builder oci runs nothing in an image`,
      'Give the stack the imageBuilder docker, or take a parentImage that has all of it.',
    )
  }
  const { workdir } = settings
  if (workdir !== undefined && (!posix.isAbsolute(workdir) || workdir.includes('\0'))) {
    throw configError('IMAGE_INVALID', `docker.workdir is ${JSON.stringify(workdir)}, which is no absolute path`)
  }
  for (const [name, value] of Object.entries(settings.environment ?? {})) {
    if (/^[^=\0]+$/u.test(name) && !value.includes('\0')) continue
    throw configError('IMAGE_INVALID', `docker.environment has ${JSON.stringify(name)}, which no process can get`)
  }
}
