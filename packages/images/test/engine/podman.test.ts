import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { NODE_BASE, noDockerRegistry, noEngine, REGISTRY, startDockerRegistry } from '@sidestep/containers'
import { noPodman, Podman } from '@sidestep/containers/podman'
import { ContainerRegistry } from '@sidestep/core'
import { startOciRegistry } from '@sidestep/simulators'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { OciImageBuilder } from '../../src/builder/oci-image-builder.ts'
import { DockerImageBuilder } from '../../src/engine/docker-image-builder.ts'
import { options, project, readConfig, recipe, registryAt, signal } from '../builder/support.ts'

const why = noEngine ?? noPodman ?? noDockerRegistry

describe.skipIf(why !== undefined)(`with Podman${why === undefined ? '' : ` (${why})`}`, () => {
  let podman: Podman
  beforeAll(async () => {
    podman = await Podman.prepare()
  })
  afterAll(async () => podman[Symbol.asyncDispose](), 60_000)

  test('it is found for the check of what is needed', async () => {
    const builder = new DockerImageBuilder({ parentImage: NODE_BASE, nodeVersion: '24', program: podman.program })
    expect(await builder.diagnose({ signal })).toEqual([
      {
        tried: 'looking for a client that builds with BuildKit, or for Podman',
        state: 'ok',
        found: expect.stringMatching(/^\S+\/podman, podman \d+\.\S+, whose engine answers$/u) as string,
      },
      {
        tried: `reading ${NODE_BASE}, its parentImage`,
        state: 'ok',
        found: expect.stringContaining('sha256:') as string,
      },
    ])
  })

  test('an environment is built and pushed; a failing line is named', async () => {
    const place = await project()
    const own = randomBytes(6).toString('hex')
    const at = options(place, registryAt(`${REGISTRY}/tests-podman`))
    const builder = new DockerImageBuilder({ parentImage: NODE_BASE, nodeVersion: '24', program: podman.program })
    const build = async (last: string) => {
      const run = JSON.stringify(['node', '-e', last])
      await writeFile(join(place.folder, 'data.txt'), own)
      await writeFile(
        join(place.folder, 'Dockerfile'),
        `FROM ${NODE_BASE}\nENV MARK=${own}\nCOPY data.txt /srv/\nRUN ${run}\n`,
      )
      return builder.build(await recipe(place, 'one', { dockerfile: 'Dockerfile' }), at)
    }
    const { image } = await build("console.log('made', fs.readFileSync('/srv/data.txt', 'utf8'))")
    expect(at.lines.some((line) => line.includes(`made ${own}`))).toBe(true)
    const { config } = await readConfig(image)
    expect(config['Env']).toContain(`MARK=${own}`)
    await expect(build("console.log('no cake'); process.exit(3)")).rejects.toMatchObject({
      code: 'IMAGE_FAILED',
      kind: 'config',
      message: expect.stringMatching(/Dockerfile:4: RUN .*\nno cake\n/su) as string,
    })
  }, 120_000)

  test('base, build and image in a registry that wants a login', async () => {
    await using guarded = await startDockerRegistry({ auth: true })
    class Own extends ContainerRegistry {
      static override readonly FLAVOR = 'own'
      override readonly uri: string = guarded.host
      override async login(): Promise<{ username: string; password: string }> {
        return { username: 'ann', password: 'secret' }
      }
    }
    const place = await project()
    const at = options(place, new Own({}))
    const oci = new OciImageBuilder({ parentImage: NODE_BASE, nodeVersion: '24' })
    const { image: base } = await oci.build(await recipe(place, 'base'), at)
    const own = randomBytes(6).toString('hex')
    const run = JSON.stringify(['node', '-e', `fs.writeFileSync('/made', '${own}')`])
    await writeFile(join(place.folder, 'Dockerfile'), `FROM ${base}\nUSER 0\nRUN ${run}\nUSER 1000\n`)
    const builder = new DockerImageBuilder({ parentImage: NODE_BASE, nodeVersion: '24', program: podman.program })
    const code = "import fs from 'node:fs'; console.log(process.getuid(), fs.readFileSync('/made', 'utf8'))"
    const { image, command } = await builder.build(await recipe(place, code, { dockerfile: 'Dockerfile' }), at)
    const flags = ['--rm', '--network', 'none', '--tls-verify=false']
    const start = (...more: readonly string[]): string =>
      execFileSync(podman.program, ['run', ...flags, ...more, image, ...command], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    expect(() => start()).toThrow(/authentication required|unauthorized/iu)
    execFileSync(podman.program, ['pull', '-q', '--tls-verify=false', '--creds', 'ann:secret', image])
    expect(start().trim()).toBe(`1000 ${own}`)
    // The login was for the build alone.
    expect(await readdir(join(place.home, 'images', 'pushes'))).toEqual(
      expect.not.arrayContaining([expect.stringContaining('.partial-')]),
    )
  }, 180_000)

  test('a registry with a login of its own; the rules of another Dockerfile are not for this one', async () => {
    const guarded = await startOciRegistry({ auth: { kind: 'basic', username: 'ann', password: 'secret' } })
    onTestFinished(() => guarded.close())
    class Own extends ContainerRegistry {
      static override readonly FLAVOR = 'own'
      override readonly uri: string = guarded.host
      override async login(): Promise<{ username: string; password: string }> {
        return { username: 'ann', password: 'secret' }
      }
    }
    const place = await project()
    await writeFile(join(place.folder, 'data.txt'), randomBytes(6).toString('hex'))
    await writeFile(join(place.folder, '.dockerignore'), 'data.txt\n')
    await writeFile(join(place.folder, 'Dockerfile.dockerignore'), 'other.txt\n')
    await writeFile(join(place.folder, 'Dockerfile'), `FROM scratch\nCOPY . /srv/\nCOPY data.txt /srv/\n`)
    const builder = new DockerImageBuilder({ parentImage: NODE_BASE, nodeVersion: '24', program: podman.program })
    const build = async (registry: ContainerRegistry) =>
      builder.build(await recipe(place, 'one', { dockerfile: 'Dockerfile' }), options(place, registry))
    // It is pushed, and read again: nothing runs in it, and so it is quick.
    await expect(build(new Own({}))).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringMatching(/\/sidestep@sha256:\w+ has no Node\.js/u) as string,
    })
    const tagged = { method: 'PUT', path: expect.stringMatching(/\/manifests\/env-/u) as string, status: 201 }
    expect(guarded.requests).toContainEqual(expect.objectContaining(tagged))
    const nobody = await startOciRegistry({ auth: { kind: 'basic', username: 'ann', password: 'other' } })
    onTestFinished(() => nobody.close())
    class Wrong extends Own {
      override readonly uri: string = nobody.host
    }
    await expect(build(new Wrong({}))).rejects.toMatchObject({ kind: 'auth' })
  }, 120_000)
})
