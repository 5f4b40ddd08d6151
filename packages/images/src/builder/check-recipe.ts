import { posix } from 'node:path'

import { configError, type ContainerRegistry, type DockerSettings } from '@sidestep/core/component'

import { checkLinux } from '../distribution/platform.ts'
import { parseReference } from '../distribution/reference.ts'
import { targetOf } from './target.ts'

/** Settings that need something to run while the image is made. */
const NEED_AN_ENGINE = ['dockerfile', 'aptPackages', 'pipRequirements'] as const
/** A stack without one plans, and its names are checked all the same. */
const NO_REGISTRY = { uri: 'localhost' }

/** Who makes the image, and where it goes. */
export interface CheckRecipeOptions {
  readonly flavor: 'oci' | 'docker'
  /** The stack's, where it has one. */
  readonly registry: Pick<ContainerRegistry<any>, 'uri'> | undefined
}

/**
 * What a builder asks before anything else, whether it builds or plans. Throws `IMAGE_INVALID` for settings that no image
 * can have, or not this builder's, and `CONFIG_INVALID` for names of images and repositories that cannot be.
 */
export function checkRecipe(
  { dockerSettings }: { readonly dockerSettings: DockerSettings },
  { flavor, registry = NO_REGISTRY }: CheckRecipeOptions,
): void {
  if (flavor === 'oci') checkEngine(dockerSettings)
  checkRun(dockerSettings)
  const { parentImage, platform, skipBuild } = dockerSettings
  if (platform !== undefined) checkLinux(platform, 'docker.platform')
  if (parentImage !== undefined) parseReference(parentImage)
  if (skipBuild !== true) {
    targetOf(registry, dockerSettings)
  } else if (parentImage === undefined) {
    throw configError(
      'IMAGE_INVALID',
      'docker.skipBuild says to run the parentImage as it is, and there is none',
      'Give the step a docker.parentImage that holds the bundle, or leave skipBuild out.',
    )
  }
}

function checkEngine(settings: DockerSettings): void {
  const used = NEED_AN_ENGINE.filter((key) => (settings[key]?.length ?? 0) > 0)
  if (used.length === 0) return
  throw configError(
    'IMAGE_INVALID',
    `${used.map((key) => `docker.${key}`).join(' and ')} needs the image builder docker: the image builder oci runs nothing in an image`,
    'Give the stack the imageBuilder docker, or take a parentImage that has all of it.',
  )
}

function checkRun({ workdir, user, environment = {} }: DockerSettings): void {
  if (workdir !== undefined && (!posix.isAbsolute(workdir) || /\p{Cc}/u.test(workdir))) {
    throw configError(
      'IMAGE_INVALID',
      `docker.workdir is ${JSON.stringify(workdir)}, which is no absolute path`,
      'Write a path of the image that begins with /, without control characters.',
    )
  }
  if (user !== undefined && !/^[^\s:\p{Cc}]+(?::[^\s:\p{Cc}]+)?$/u.test(user)) {
    throw configError(
      'IMAGE_INVALID',
      `docker.user is ${JSON.stringify(user)}, which is no user`,
      'Write a name or a number, and a group after a colon: node, 1000:1000.',
    )
  }
  for (const [name, value] of Object.entries(environment)) {
    if (/^[^=\0]+$/u.test(name) && !value.includes('\0')) continue
    throw configError(
      'IMAGE_INVALID',
      `docker.environment has ${JSON.stringify(name)}, which no process can get`,
      'A name has one character or more and no =, and neither a name nor a value has a NUL.',
    )
  }
}
