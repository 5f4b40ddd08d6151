import { expect, test } from 'vitest'

import { formatPlatform, parsePlatform, pickPlatform, type ImageIndex } from '../../src/distribution/platform.ts'

const entry = (name: string, platform?: string) => {
  const [os = '', architecture = '', variant] = platform?.split('/') ?? []
  return {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${name}` as const,
    size: 1,
    ...(platform !== undefined && { platform: { os, architecture, ...(variant !== undefined && { variant }) } }),
  }
}
const index = (...platforms: string[]): ImageIndex => ({
  manifests: platforms.map((platform) => entry(platform, platform)),
})
const node = index('linux/amd64', 'linux/arm/v6', 'linux/arm/v7', 'linux/arm64/v8', 'unknown/unknown', 'windows/amd64')

test.each([
  ['linux/amd64', 'linux/amd64'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/amd64/v3', 'linux/amd64'],
  ['linux/arm64', 'linux/arm64/v8'],
  ['linux/aarch64', 'linux/arm64/v8'],
  ['linux/arm64/v8', 'linux/arm64/v8'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/v6', 'linux/arm/v6'],
  ['linux/arm/v8', 'linux/arm/v7'],
])('for %s the image for %s', (wanted, picked) => {
  expect(pickPlatform(node, wanted).digest).toBe(`sha256:${picked}`)
})

test('an image for newer machines is not taken', () => {
  expect(pickPlatform(index('linux/amd64/v3', 'linux/amd64/v2', 'linux/amd64'), 'linux/amd64').digest).toBe(
    'sha256:linux/amd64',
  )
  expect(pickPlatform(index('linux/amd64', 'linux/amd64/v2', 'linux/amd64/v4'), 'linux/amd64/v3').digest).toBe(
    'sha256:linux/amd64/v2',
  )
  expect(() => pickPlatform(index('linux/arm/v7'), 'linux/arm/v5')).toThrow(/linux\/arm\/v5.*there for linux\/arm\.$/)
})

test('the error names the platforms there are', () => {
  expect(() => pickPlatform(node, 'linux/s390x', 'node:24')).toThrow(
    'node:24 is not there for linux/s390x. It is there for linux/amd64, linux/arm/v6, linux/arm, linux/arm64, windows/amd64.',
  )
  expect(() => pickPlatform({ manifests: [] }, 'linux/amd64')).toThrow('It names no platform at all')
})

test('an index of one image that says no platform', () => {
  expect(pickPlatform({ manifests: [entry('x')] }, 'linux/arm64').digest).toBe('sha256:x')
})

test('platforms are read and written', () => {
  expect(parsePlatform('linux/arm/v7')).toEqual({ os: 'linux', architecture: 'arm', variant: 'v7' })
  expect(formatPlatform(parsePlatform('linux/arm64/v8'))).toBe('linux/arm64')
  for (const text of ['', 'linux', 'linux/', 'Linux/amd64', 'linux/arm/7', 'linux/arm/v7/x']) {
    expect(() => parsePlatform(text), text).toThrow('is no platform')
  }
})
