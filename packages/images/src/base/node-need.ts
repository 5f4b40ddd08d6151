import { configError, type SidestepError } from '@sidestep/core/component'

import type { BaseFacts } from './base-facts.ts'
import type { BaseImage } from './base-image.ts'
import { variable } from './environment-list.ts'
import {
  ELF_MACHINES,
  NEEDED_GLIBC_MINOR,
  NEEDED_LIBSTDCXX,
  nodeRelease,
  type NodeMajor,
  type NodeRelease,
} from './node-release.ts'
import { npmPlatform } from './npm-platform.ts'

/** The oldest Node.js that runs a step: major and minor. */
const OLDEST = [22, 18] as const

/**
 * The version of Node.js that an official image of it says it has; such an image need not be looked into. Others say it
 * too, of a Node.js that is somewhere else, or was only used for a build. Pure.
 */
export function officialNodeVersion({ config: { config } }: BaseImage): string | undefined {
  const isOfficial = config?.Entrypoint?.[0] === 'docker-entrypoint.sh' || config?.Cmd?.[0] === 'node'
  const version = isOfficial ? variable(config?.Env, 'NODE_VERSION') : undefined
  return version !== undefined && /^\d+\.\d+\.\d+$/u.test(version) ? version : undefined
}

/** Whether a version of Node.js runs steps. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

/** The Node.js that images of a platform (`linux/amd64`) can be given; `undefined`: there is none for it. Pure. */
export function nodeForPlatform(major: NodeMajor, platform: string): NodeRelease | undefined {
  return nodeRelease(major, npmPlatform(platform, 'glibc').cpu)
}

/**
 * The Node.js that a base has to be given; `undefined`: its own does. Throws `IMAGE_INVALID` where none of those that we
 * have can run there. Pure.
 */
export function neededNode(base: BaseImage, facts: BaseFacts, major: NodeMajor): NodeRelease | undefined {
  const { cpu } = npmPlatform(base.platform, 'glibc')
  const machine = ELF_MACHINES[cpu as NodeRelease['cpu']]
  const { node } = facts
  if (node?.version !== undefined && isNewEnough(node.version) && (machine === undefined || node.machine === machine)) {
    return undefined
  }
  const has =
    node === undefined
      ? `${base.name} has no Node.js`
      : `${base.name} has Node.js ${node.version ?? 'of an unknown version'} as ${node.path}, and a step needs ${OLDEST.join('.')} or newer`
  const release = nodeForPlatform(major, base.platform)
  const why = release === undefined ? `there is none for ${base.platform}` : whyNot(facts)
  if (release === undefined || why !== undefined) throw cannotRun(has, why ?? '')
  return release
}

function whyNot({ libc, glibcMinor = 0, libstdcxx, libgcc }: BaseFacts): string | undefined {
  if (libc === 'musl') return 'the image has musl (as Alpine does), and official binaries need glibc'
  if (libc === 'none') return 'the image has no C library, and official binaries need glibc'
  if (glibcMinor < NEEDED_GLIBC_MINOR)
    return `the image has glibc 2.${glibcMinor}, and 2.${NEEDED_GLIBC_MINOR} is needed`
  if (libstdcxx === undefined || !libgcc) return 'the image has no libstdc++.so.6 and libgcc_s.so.1, which it needs'
  if (libstdcxx < NEEDED_LIBSTDCXX)
    return `the image's libstdc++ 6.0.${libstdcxx} is older than 6.0.${NEEDED_LIBSTDCXX}`
  return undefined
}

function cannotRun(has: string, why: string): SidestepError {
  return configError(
    'IMAGE_INVALID',
    `${has}, and the official one cannot be added: ${why}`,
    'Choose a `parentImage` that has Node.js 22.18 or newer (node:24-slim, node:24-alpine), or one with a newer Debian, Ubuntu or Red Hat below it.',
  )
}
