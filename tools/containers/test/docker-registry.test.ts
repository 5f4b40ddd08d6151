import { expect, test } from 'vitest'

import { noDockerRegistry, startDockerRegistry } from '../src/docker-registry.ts'
import { isPushed, pushImage } from '../src/push-image.ts'

const why = noDockerRegistry === undefined ? '' : `: ${noDockerRegistry}`

test.skipIf(noDockerRegistry !== undefined)(`its log has each request${why}`, async () => {
  await using registry = await startDockerRegistry({ log: true })
  const reference = `${registry.host}/team/app:1`
  expect(await isPushed(reference)).toBe(false)
  await pushImage(reference, { archive: new Uint8Array(1024), config: { Cmd: ['node'] } })
  expect(await isPushed(reference)).toBe(true)

  const requests = await registry.requests()
  const upload = /^\/v2\/team\/app\/blobs\/uploads\/.+digest=sha256%3A[0-9a-f]{64}/u
  expect(requests).toMatchObject([
    { method: 'HEAD', path: '/v2/team/app/manifests/1', status: 404 },
    { method: 'POST', path: '/v2/team/app/blobs/uploads/', status: 202 },
    { method: 'PUT', path: expect.stringMatching(upload) as string, status: 201 },
    { method: 'POST', path: '/v2/team/app/blobs/uploads/', status: 202 },
    { method: 'PUT', path: expect.stringMatching(upload) as string, status: 201 },
    { method: 'PUT', path: '/v2/team/app/manifests/1', status: 201 },
    { method: 'HEAD', path: '/v2/team/app/manifests/1', status: 200 },
  ])
  expect(await registry.requests()).toHaveLength(requests.length)
})

test.skipIf(noDockerRegistry !== undefined)(`a registry without a log says so${why}`, async () => {
  await using registry = await startDockerRegistry()
  await expect(registry.requests()).rejects.toThrow('keeps no log')
})
