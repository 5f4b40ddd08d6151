import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { docker, NODE_BASE, REGISTRY } from '@sidestep/containers'
import { isTerminal, type JobLabels, type Observation, type SubmitOptions } from '@sidestep/core'
import { onTestFinished } from 'vitest'

import { defaultEngine } from '../../src/docker/docker-host.ts'
import { DockerJobService, type DockerHandle } from '../../src/docker/docker-job-service.ts'
import type { DockerRequest } from '../../src/docker/request.ts'
import type { ResolvedDockerConfig } from '../../src/docker/schemas.ts'
import { until } from '../support/until.ts'

/** The bundle of the image runs the ES module that stands in the variable `CODE`. */
const BUNDLE = `await import('data:text/javascript,' + encodeURIComponent(process.env.CODE))`

let image: Promise<string> | undefined

/** `repository@sha256:…` of an image with a bundle, in the registry. Made once for a file of tests. */
export function testImage(): Promise<string> {
  image ??= makeImage('docker-tests', BUNDLE)
  return image
}

const made: { readonly tag: string; readonly pushed: string }[] = []

/** Puts a bundle on the base image, and pushes it. It is removed after all tests of the file. */
export async function makeImage(name: string, bundle: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-image-'))
  await mkdir(join(folder, 'sidestep'), { recursive: true })
  await writeFile(join(folder, 'sidestep', 'step.mjs'), bundle)
  // The folder of a test is its user's alone, and the image has another.
  await chmod(folder, 0o755)
  const container = await docker(['create', NODE_BASE])
  const tag = `${REGISTRY}/tests/${name}:${process.pid}-${randomBytes(4).toString('hex')}`
  try {
    await docker(['cp', folder + '/.', `${container}:/opt/`])
    await docker(['commit', container, tag])
  } finally {
    await docker(['rm', container])
    await rm(folder, { recursive: true, maxRetries: 5 })
  }
  await docker(['push', '-q', tag])
  const pushed = await docker(['inspect', '--format', '{{index .RepoDigests 0}}', tag])
  made.push({ tag, pushed })
  return pushed
}

/**
 * Removes the images of a file of tests, from the engine and from the registry; and the containers of runs that were cancelled:
 * who removes those looks into their store, which is gone.
 */
export async function removeImages(): Promise<void> {
  image = undefined
  for (const { tag, pushed } of made.splice(0)) {
    const containers = await docker(['ps', '-aq', '--no-trunc', '--filter', `ancestor=${tag}`])
    if (containers !== '') await docker(['rm', '-f', '-v', ...containers.split('\n')])
    await docker(['rmi', '-f', tag, pushed])
    await removeManifest(pushed)
  }
}

async function removeManifest(pushed: string): Promise<void> {
  const [name = '', digest = ''] = pushed.slice(`${REGISTRY}/`.length).split('@')
  const { status } = await fetch(`http://${REGISTRY}/v2/${name}/manifests/${digest}`, { method: 'DELETE' })
  // A registry need not let anybody delete.
  if (![202, 404, 405].includes(status)) throw new Error(`DELETE of ${pushed}: ${status}`)
}

/** A service for the engine of this machine, or for another one. */
export function testService(changes: Partial<ResolvedDockerConfig> = {}): DockerJobService {
  return new DockerJobService({
    engine: defaultEngine(),
    mounts: [],
    stopGraceMs: 500,
    keepContainers: false,
    ...changes,
  })
}

export class TestContainer {
  readonly service: DockerJobService
  readonly request: DockerRequest
  readonly labels: JobLabels
  handle: DockerHandle | undefined

  constructor(service: DockerJobService, request: DockerRequest, labels: JobLabels) {
    this.service = service
    this.request = request
    this.labels = labels
  }

  async submit(changes: Partial<SubmitOptions> & { readonly service?: DockerJobService } = {}): Promise<DockerHandle> {
    const { service = this.service, ...options } = changes
    this.handle = await service.submit(this.request, {
      labels: this.labels,
      nonce: randomBytes(8).toString('hex'),
      fingerprint: createHash('sha256').update(JSON.stringify(this.request)).digest('hex'),
      secrets: {},
      signal: AbortSignal.timeout(60_000),
      ...options,
    })
    return this.handle
  }

  async observe(): Promise<Observation> {
    const handle = this.#handle()
    const seen = await this.service.observe([handle], { signal: AbortSignal.timeout(30_000) })
    const observation = seen.get(handle.id)
    if (observation === undefined) throw new Error('the container was not observed')
    return observation
  }

  async ended(): Promise<Observation> {
    return until(`the end of ${this.request.name}`, async () => {
      const observation = await this.observe()
      return isTerminal(observation.phase) && observation
    })
  }

  async cancel(): Promise<void> {
    await this.service.cancel(this.#handle(), { signal: AbortSignal.timeout(30_000) })
  }

  async lines(): Promise<readonly string[]> {
    const page = await this.service.logs(this.#handle(), undefined, { signal: AbortSignal.timeout(30_000) })
    return page.lines
  }

  async printed(text: string): Promise<void> {
    await until(`"${text}" in the log`, async () => (await this.lines()).includes(text))
  }

  #handle(): DockerHandle {
    if (this.handle === undefined) throw new Error('it was not submitted')
    return this.handle
  }
}

/** A container whose step is an ES module. It is removed when the test is over. */
export async function testContainer(
  code: string,
  changes: Partial<DockerRequest> = {},
  { service = testService(), host }: { readonly service?: DockerJobService; readonly host?: string } = {},
): Promise<TestContainer> {
  const token = randomBytes(16).toString('hex')
  const name = `sidestep-${token}`
  onTestFinished(async () => {
    await docker(['rm', '-f', '-v', name], host === undefined ? {} : { host }).catch(() => '')
  })
  const request: DockerRequest = {
    name,
    image: changes.image ?? (await testImage()),
    command: ['node', '/opt/sidestep/step.mjs'],
    environment: { CODE: code },
    secretNames: [],
    store: 'tests',
    network: 'none',
    mounts: [],
    sharedMemoryBytes: 2 ** 26,
    stopTimeoutSeconds: 1,
    init: true,
    machineUsers: false,
    ...changes,
  }
  return new TestContainer(service, request, {
    runId: `run-${token.slice(0, 6)}`,
    stepRunId: 'train-1',
    attempt: 1,
    token,
    journalId: `journal-${token.slice(0, 6)}`,
  })
}

/** A step that goes on until it is told to stop. */
export const IDLE = `console.log('begun'); setInterval(() => {}, 1e6)`
