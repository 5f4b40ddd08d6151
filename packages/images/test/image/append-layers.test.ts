import { Readable } from 'node:stream'

import { expect, test } from 'vitest'

import type { BaseImage } from '../../src/base/base-image.ts'
import { digestOf } from '../../src/distribution/digest.ts'
import { appendLayers } from '../../src/image/append-layers.ts'
import { variable, withVariables } from '../../src/base/environment-list.ts'
import type { Layer } from '../../src/layer/layer.ts'

const digest = digestOf(Buffer.from('x'))
const layer: Layer = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest,
  diffId: digest,
  size: 1,
  uncompressedSize: 1,
  path: '/x',
  open: () => Readable.from([]),
}

function base(more: object = {}): BaseImage {
  return {
    name: 'docker.io/library/node:24',
    reference: { registry: 'docker.io', repository: 'library/node' },
    digest,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    manifest: { config: layer, layers: [{ mediaType: 'any', digest, size: 7 }] },
    config: {
      os: 'linux',
      architecture: 'arm64',
      variant: 'v8',
      rootfs: { type: 'layers', diff_ids: ['sha256:a'] },
      ...more,
    },
    platform: 'linux/arm64',
  }
}

const changes = { layers: [{ layer, comment: 'code' }], environment: {}, labels: {} }

test('the same input gives the same bytes, and what the base says is kept', () => {
  const config = { Volumes: { '/data': {} }, User: 'node', Labels: { z: '1' } }
  const made = appendLayers(base({ config }), { ...changes, labels: { a: '2' } })
  expect(appendLayers(base({ config }), { ...changes, labels: { a: '2' } })).toEqual(made)
  expect(JSON.parse(made.config.bytes.toString())).toMatchObject({
    architecture: 'arm64',
    variant: 'v8',
    config: { Volumes: { '/data': {} }, User: 'node', Labels: { a: '2', z: '1' } },
    rootfs: { diff_ids: ['sha256:a', digest] },
  })
  expect(made.manifest.digest).toBe(digestOf(made.manifest.bytes))
})

test('there is one entry of history for each layer, whatever the base has', () => {
  const history = (more: object) => JSON.parse(appendLayers(base(more), changes).config.bytes.toString()).history
  expect(history({})).toHaveLength(2)
  expect(history({ history: [{ created_by: 'a' }, { created_by: 'b', empty_layer: true }] })).toHaveLength(3)
  expect(history({ history: [{ created_by: 'a' }, { created_by: 'b' }] })).toHaveLength(2)
})

test('variables', () => {
  expect(withVariables(['A=1', 'B=2'], { D: '4', B: '3', C: '=' })).toEqual(['A=1', 'B=3', 'C==', 'D=4'])
  expect(variable(['A=1', 'A=2=3'], 'A')).toBe('2=3')
  expect(variable(null, 'A')).toBeUndefined()
})
