import { configError } from '@sidestep/core/component'

import type { Digest } from './digest.ts'

/** What an image runs on, as indexes and configs write it. */
export interface Platform {
  /** `linux` */
  readonly os: string
  /** Go's name: `amd64`, `arm64`, `arm`. */
  readonly architecture: string
  /** `v8` of arm64, `v6` and `v7` of arm, `v2` to `v4` of amd64. */
  readonly variant?: string
}

/** An entry of an index: the manifest of one platform. */
export interface PlatformDescriptor {
  /** Of the manifest. */
  readonly mediaType: string
  /** Of the manifest. */
  readonly digest: Digest
  /** Bytes of the manifest. */
  readonly size: number
  /** Absent: the image's config says it. */
  readonly platform?: Platform
}

/** The parsed bytes of an index, OCI's or Docker's. */
export interface ImageIndex {
  readonly manifests: readonly PlatformDescriptor[]
}

const ALIASES: Readonly<Record<string, string>> = { x86_64: 'amd64', 'x86-64': 'amd64', aarch64: 'arm64', armhf: 'arm' }
/** What an entry or a machine is that says no variant. */
const DEFAULT_VARIANTS: Readonly<Record<string, number>> = { amd64: 1, arm64: 8, arm: 7 }

/** What official images are there for, and what else Linux and Go run on. */
const ARCHITECTURES: readonly string[] = '386 amd64 arm arm64 loong64 mips64le ppc64le riscv64 s390x'.split(' ')

/** Throws a `CONFIG_INVALID` error for a platform that no Linux container has, which is not just absent from one image. */
export function checkLinux(text: string, name: string): void {
  const { os, architecture } = parsePlatform(text)
  if (os === 'linux' && ARCHITECTURES.includes(architecture)) return
  const why = os === 'linux' ? `there is no architecture "${architecture}"` : 'images are made for Linux'
  throw configError('CONFIG_INVALID', `${name} is ${text}, and ${why}`, 'Write linux/amd64 or linux/arm64.')
}

/** `linux/arm64` or `linux/arm/v7`. Throws a `CONFIG_INVALID` error for anything else. */
export function parsePlatform(text: string): Platform {
  const [, os, architecture, variant] = /^([a-z0-9]+)\/([a-z0-9_-]+)(?:\/(v[0-9]+))?$/.exec(text) ?? []
  if (os === undefined || architecture === undefined) {
    throw configError(
      'CONFIG_INVALID',
      `"${text}" is no platform.`,
      'A platform looks like linux/amd64, linux/arm64 or linux/arm/v7.',
    )
  }
  return { os, architecture: ALIASES[architecture] ?? architecture, ...(variant === undefined ? {} : { variant }) }
}

/** `linux/arm64`, `linux/arm/v7`; a variant that the architecture has anyway is left out. */
export function formatPlatform(platform: Platform): string {
  const version = versionOf(platform)
  const architecture = ALIASES[platform.architecture] ?? platform.architecture
  const usual = platform.variant === undefined || version === DEFAULT_VARIANTS[architecture]
  return `${platform.os}/${architecture}${usual ? '' : `/${platform.variant}`}`
}

/**
 * The image of an index for a platform: of its variants the newest that the platform can run, so `linux/arm/v7` takes
 * an image for v6 where there is none for v7, and `linux/amd64` never one for v3. Throws an `IMAGE_INVALID` error that
 * names the platforms there are.
 *
 * @param name Of the image, for the error.
 */
export function pickPlatform(index: ImageIndex, platform: string, name = 'The image'): PlatformDescriptor {
  const wanted = parsePlatform(platform)
  const images = index.manifests.filter(isImage)
  const [only] = images
  // A list of one that says no platform is what some tools write around a single image.
  if (images.length === 1 && only?.platform === undefined && only !== undefined) return only
  const [best] = images
    .filter((entry) => entry.platform !== undefined && runsOn(entry.platform, wanted))
    .toSorted((a, b) => versionOf(b.platform) - versionOf(a.platform))
  if (best !== undefined) return best
  const there = [
    ...new Set(images.flatMap((entry) => (entry.platform === undefined ? [] : formatPlatform(entry.platform)))),
  ]
  throw configError(
    'IMAGE_INVALID',
    `${name} is not there for ${formatPlatform(wanted)}. ${there.length === 0 ? 'It names no platform at all' : `It is there for ${there.join(', ')}`}.`,
    'Choose one of these as `platform`, or another base image.',
  )
}

/** BuildKit puts attestations into the index, as entries for `unknown/unknown`. */
function isImage({ platform }: PlatformDescriptor): boolean {
  return platform === undefined || (platform.os !== 'unknown' && platform.architecture !== 'unknown')
}

function runsOn(image: Platform, machine: Platform): boolean {
  if (image.os !== machine.os) return false
  if ((ALIASES[image.architecture] ?? image.architecture) !== machine.architecture) return false
  return versionOf(image) <= versionOf(machine)
}

function versionOf(platform: Platform | undefined): number {
  if (platform === undefined) return 0
  const usual = DEFAULT_VARIANTS[ALIASES[platform.architecture] ?? platform.architecture] ?? 0
  const version = /^v([0-9]+)/.exec(platform.variant ?? '')?.[1]
  return version === undefined ? usual : Number(version)
}
