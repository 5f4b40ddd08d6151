import fc from 'fast-check'
import { expect, test } from 'vitest'

import { covers, formatScope, parseScope } from '../../src/oci-registry/access.ts'
import { DistributionError } from '../../src/oci-registry/distribution-error.ts'
import { parseManifest } from '../../src/oci-registry/manifest-content.ts'
import { isRepositoryName } from '../../src/oci-registry/names.ts'
import { parseRoute } from '../../src/oci-registry/route.ts'
import { imageOf, IMAGE } from '../support/images.ts'

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/)
const component = fc
  .array(fc.tuple(word, fc.constantFrom('.', '_', '__', '-', '---')), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map(([text, separator], index) => (index === 0 ? text : separator + text)).join(''))
const repository = fc
  .array(fc.oneof(component, fc.constantFrom('blobs', 'uploads', 'manifests', 'tags', 'list', 'v2')), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join('/'))
const hex = fc.stringMatching(/^[a-f0-9]{64}$/)

test('a path of any repository is found again', () => {
  fc.assert(
    fc.property(repository, hex, (name, digest) => {
      expect(isRepositoryName(name)).toBe(true)
      const reference = `sha256:${digest}`
      expect(parseRoute(`/v2/${name}/blobs/${reference}`)).toEqual({
        kind: 'blob',
        repository: name,
        digest: reference,
      })
      expect(parseRoute(`/v2/${name}/blobs/${encodeURIComponent(reference)}`)).toMatchObject({ digest: reference })
      expect(parseRoute(`/v2/${name}/manifests/v1`)).toEqual({ kind: 'manifest', repository: name, reference: 'v1' })
      expect(parseRoute(`/v2/${name}/blobs/uploads/`)).toEqual({ kind: 'uploads', repository: name })
      expect(parseRoute(`/v2/${name}/blobs/uploads/${digest}`)).toMatchObject({ kind: 'upload', id: digest })
      expect(parseRoute(`/v2/${name}/tags/list`)).toEqual({ kind: 'tags', repository: name })
    }),
  )
})

test('any path is a route, none, or an error of the API', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webPath(),
        fc.string().map((text) => `/v2/${text}/tags/list`),
      ),
      (path) => {
        try {
          const route = parseRoute(path)
          if (route !== undefined && 'repository' in route) expect(isRepositoryName(route.repository)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(DistributionError)
        }
      },
    ),
  )
})

test('scopes survive being written and read', () => {
  const access = fc.record({
    repository,
    actions: fc.uniqueArray(fc.constantFrom('pull', 'push', 'delete'), { minLength: 1 }),
  })
  fc.assert(
    fc.property(fc.array(access, { minLength: 1 }), (all) => {
      expect(parseScope(formatScope(all))).toEqual(all)
      expect(covers(all, all)).toBe(true)
      expect(covers([], all)).toBe(false)
    }),
  )
})

test('any bytes are a manifest, or refused as one', () => {
  const good = JSON.parse(imageOf('config', 'layer'))
  const broken = fc
    .tuple(fc.constantFrom(...Object.keys(good)), fc.jsonValue())
    .map(([key, value]) => ({ ...good, [key]: value }))
  fc.assert(
    fc.property(
      fc.oneof(broken, fc.jsonValue()).map((value) => JSON.stringify(value)),
      (text) => {
        try {
          parseManifest(Buffer.from(text), IMAGE)
        } catch (error) {
          expect(error).toMatchObject({ status: 400, code: 'MANIFEST_INVALID' })
        }
      },
    ),
  )
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(() => parseManifest(bytes, IMAGE)).toThrow(DistributionError)
    }),
  )
})
