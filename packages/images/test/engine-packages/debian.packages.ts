import { randomBytes } from 'node:crypto'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { docker, noEngine, REGISTRY } from '@sidestep/containers'
import { debianImage, noDebianImages } from '@sidestep/containers/debian-image'
import type { DockerSettings } from '@sidestep/core'
import { beforeAll, describe, expect, test } from 'vitest'

import { DockerImageBuilder } from '../../src/engine/docker-image-builder.ts'
import { options, project, recipe, registryAt } from '../builder/support.ts'

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

const missing = noEngine ?? noDebianImages ?? (await noPythonIndex())

async function noPythonIndex(): Promise<string | undefined> {
  try {
    const { ok, status } = await fetch('https://pypi.org/simple/six/', { signal: AbortSignal.timeout(10_000) })
    return ok ? undefined : `pypi.org answers ${status}`
  } catch (error) {
    return `pypi.org does not answer: ${String(error)}`
  }
}

/** What the bundle of the image prints. */
const CODE = `
import { execFileSync } from 'node:child_process'
const python = execFileSync('python3', ['-c', 'import six, sys; print(six.__version__, sys.version_info.major)'], { encoding: 'utf8' })
console.log(process.versions.node.split('.')[0], python.trim())
`

describe.skipIf(missing !== undefined)(`packages on a Debian${missing === undefined ? '' : `: ${missing}`}`, () => {
  const own = randomBytes(6).toString('hex')
  const settings = {
    dockerfile: 'Dockerfile',
    aptPackages: ['python3-pip'],
    pipRequirements: ['six==1.16.0'],
  } satisfies DockerSettings
  let base: string

  beforeAll(async () => {
    base = await debianImage({ name: 'debian', variant: 'minbase', packages: ['ca-certificates', 'libstdc++6'] })
  })

  test('are installed once, below Node.js, npm packages and code', async () => {
    const place = await project()
    await copyFile(CERTIFICATES, join(place.folder, 'certificates.crt'))
    // The machine may be behind a proxy with an authority of its own.
    const lines = [`FROM ${base}`, `ENV MARK=${own} PIP_CERT=${CERTIFICATES}`, `COPY certificates.crt ${CERTIFICATES}`]
    await writeFile(join(place.folder, 'Dockerfile'), `${lines.join('\n')}\n`)
    const builder = new DockerImageBuilder({ parentImage: base, nodeVersion: '24' })
    const at = options(place, registryAt(`${REGISTRY}/tests-engine-packages`))
    const builds = (): number => at.lines.filter((line) => line.startsWith('building the environment')).length

    const { image, command } = await builder.build(await recipe(place, CODE, settings), at)
    expect(builds()).toBe(2)
    const printed = await docker(['run', '--rm', '--network', 'none', image, ...command])
    expect(printed).toBe('24 1.16.0 3')

    // Other code, even from another machine, installs nothing again.
    const other = await builder.build(await recipe(place, `${CODE}// other`, settings), at)
    expect(other.image).not.toBe(image)
    expect(builds()).toBe(2)

    // What cannot be installed is named, with what pip and apt say.
    const failing = async (changes: DockerSettings) =>
      builder.build(await recipe(place, CODE, { ...settings, ...changes }), at)
    await expect(failing({ pipRequirements: ['six==0.0.1'] })).rejects.toMatchObject({
      code: 'IMAGE_FAILED',
      kind: 'config',
      message: expect.stringMatching(/pip install .*six==0\.0\.1[\s\S]*No matching distribution found/u) as string,
    })
    await expect(failing({ aptPackages: [`no-such-${own}`] })).rejects.toMatchObject({
      code: 'IMAGE_FAILED',
      kind: 'config',
      message: expect.stringContaining(`Unable to locate package no-such-${own}`) as string,
    })
  })
})
