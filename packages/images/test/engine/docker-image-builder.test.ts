import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { NODE_BASE, noEngine, REGISTRY, unavailable } from '@sidestep/containers'
import { ContainerRegistry, type BuildImageOptions, type DockerSettings } from '@sidestep/core'
import { startOciRegistry } from '@sidestep/simulators'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import { DockerImageBuilder } from '../../src/engine/docker-image-builder.ts'
import { findEngine } from '../../src/engine/find-engine.ts'
import {
  GLIBC,
  nodeProgram,
  OFFICIAL,
  options,
  project,
  pushBase,
  readManifest,
  recipe,
  registryAt,
  signal,
  type Project,
} from '../builder/support.ts'

const missing = noEngine ?? unavailable(await whyNot())

/** An engine runs containers without what builds images. */
async function whyNot(): Promise<string | undefined> {
  return findEngine({ signal: AbortSignal.timeout(20_000) }).then(() => undefined, String)
}

/** A base of a few bytes, where nothing has to run: that with a real Node.js is read and unpacked for seconds. */
const LITTLE = { registry: REGISTRY, repository: 'tests-engine/little', tag: '1' }
const LITTLE_BASE = `${LITTLE.registry}/${LITTLE.repository}:${LITTLE.tag}`

/** Nothing that another test built before is the same. */
let place: Project
let own: string
let at: BuildImageOptions & { lines: string[] }
const builder = new DockerImageBuilder({ parentImage: LITTLE_BASE, nodeVersion: '24' })
beforeEach(async () => {
  place = await project()
  own = randomBytes(6).toString('hex')
  at = options(place, registryAt(`${REGISTRY}/tests-engine`))
})

const builds = (): number => at.lines.filter((line) => line.startsWith('building the environment')).length

const build = async (settings: DockerSettings, code = 'one') => builder.build(await recipe(place, code, settings), at)

const write = async (name: string, text: string): Promise<void> => writeFile(join(place.folder, name), text)

const NODE_RUN = (code: string): string => `RUN ["node", "-e", ${JSON.stringify(code)}]`

describe.skipIf(missing !== undefined)(`with an engine${missing === undefined ? '' : ` (${missing})`}`, () => {
  beforeAll(async () => {
    const layers = [{ ...GLIBC, 'usr/local/bin/node': nodeProgram('24.21.0') }]
    await pushBase(LITTLE, { layers, config: OFFICIAL })
  })

  test('a container runs what a Dockerfile makes, with the code on top', async () => {
    await write('data.txt', own)
    await write('other.txt', 'one')
    await write(
      'Dockerfile',
      `ARG BASE=${NODE_BASE}\nFROM $BASE\nUSER root\nENV MARK=${own}\nCOPY data.txt /srv/\n${NODE_RUN(
        "fs.writeFileSync('/srv/made', fs.readFileSync('/srv/data.txt', 'utf8') + '!'); console.log('made it')",
      )}\nUSER 1000\n`,
    )
    const settings = { dockerfile: 'Dockerfile', files: ['other.txt'] }
    const code = "console.log(process.env.MARK, process.getuid(), require('fs').readFileSync('/srv/made', 'utf8'))"
    const first = await build(
      settings,
      `import { createRequire } from 'node:module'; const require = createRequire('/'); ${code}`,
    )
    expect(builds()).toBe(1)
    expect(at.lines.some((line) => line.endsWith('made it'))).toBe(true)
    const { program } = await findEngine({ signal })
    const run = ['run', '--rm', '--network', 'none', first.image, ...first.command]
    const printed = execFileSync(program, run, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    expect(printed.trim()).toBe(`${own} 1000 ${own}!`)
  }, 120_000)

  test('a Dockerfile is built once; code, and files that it does not copy, come on top', async () => {
    await write('data.txt', own)
    await write('other.txt', 'one')
    await write('Dockerfile', `ARG BASE=${LITTLE_BASE}\nFROM $BASE\nENV MARK=${own}\nCOPY data.txt /srv/\n`)
    const settings = { dockerfile: 'Dockerfile', files: ['other.txt'] }
    const first = await build(settings, 'one')
    expect(builds()).toBe(1)

    await write('other.txt', 'two')
    const second = await build(settings, 'two')
    expect(second.image).not.toBe(first.image)
    // Another machine finds what the registry has.
    const elsewhere = { ...options(await project(), registryAt(`${REGISTRY}/tests-engine`)) }
    expect(await builder.build(await recipe(place, 'two', settings), elsewhere)).toEqual(second)
    expect(elsewhere.lines.join('\n')).not.toContain('building the environment')
    expect(builds()).toBe(1)
    const [one, two] = await Promise.all([readManifest(first.image), readManifest(second.image)])
    // On top lie the layer of the files and the one of the code.
    expect(two.layers.slice(0, -2)).toEqual(one.layers.slice(0, -2))
    expect(two.layers).toHaveLength(4)

    await write('data.txt', `${own}2`)
    await build(settings, 'two')
    expect(builds()).toBe(2)
  }, 120_000)

  test('the key follows from the text, the files and the lists; a plan names them', async () => {
    await write('Dockerfile', `FROM ${NODE_BASE}\nCOPY data.txt /srv/\n`)
    await write('data.txt', own)
    const settings = { dockerfile: 'Dockerfile', aptPackages: ['jq'], pipRequirements: ['numpy==2.1.0'] }
    const key = async (changes: DockerSettings = {}, code = 'one') =>
      builder.environmentKey(await recipe(place, code, { ...settings, ...changes }), at)
    const first = await key()
    expect(await key({}, 'two')).toBe(first)
    expect(await key({ aptPackages: ['curl'] })).not.toBe(first)
    expect(await key({ pipRequirements: [] })).not.toBe(first)
    expect(await key({ environment: { A: '1' } })).not.toBe(first)
    const planned = await builder.plan(await recipe(place, 'one', settings), at)
    const names = planned.map(({ name }) => name).filter((name) => name !== 'node')
    expect(names).toEqual(['base', 'from', 'dockerfile', 'context', 'apt', 'pip', 'code'])
    expect(planned.find(({ name }) => name === 'from')?.description).toMatch(/base\/node24@sha256:/u)
    await write('data.txt', `${own}2`)
    const changed = await key()
    expect(changed).not.toBe(first)
    await write('Dockerfile', `FROM ${NODE_BASE}\nCOPY data.txt /srv/\nENV A=1\n`)
    expect(await key()).not.toBe(changed)
    expect(builds()).toBe(0)
  }, 60_000)

  test('a failing line is named, with what it printed', async () => {
    await write(
      'Dockerfile',
      `FROM ${NODE_BASE}\nENV MARK=${own}\n${NODE_RUN("console.log('no cake'); process.exit(3)")}\n`,
    )
    await expect(build({ dockerfile: 'Dockerfile' })).rejects.toMatchObject({
      code: 'IMAGE_FAILED',
      kind: 'config',
      message: expect.stringMatching(/Dockerfile:3: RUN .*\nno cake\n.*exit code: 3/su) as string,
    })
    await write('Dockerfile', `FROM ${NODE_BASE}\nRUM x\n`)
    await expect(build({ dockerfile: 'Dockerfile' })).rejects.toMatchObject({
      code: 'IMAGE_FAILED',
      kind: 'config',
      message: expect.stringContaining('Dockerfile:2') as string,
    })
    // This base has no apt, and no shell.
    await expect(build({ aptPackages: ['jq'] })).rejects.toMatchObject({
      code: 'IMAGE_FAILED',
      kind: 'config',
      message: expect.stringContaining('apt-get install') as string,
    })
  }, 60_000)

  test('an abort ends the build', async () => {
    await write(
      'Dockerfile',
      `FROM ${NODE_BASE}\nENV MARK=${own}\n${NODE_RUN("console.log('begun'); setTimeout(() => {}, 60000)")}\n`,
    )
    const ending = new AbortController()
    const report = (line: string): void => {
      if (line.endsWith('begun')) ending.abort(new Error('enough'))
    }
    const begun = performance.now()
    const built = builder.build(await recipe(place, 'one', { dockerfile: 'Dockerfile' }), {
      ...at,
      report,
      signal: ending.signal,
    })
    await expect(built).rejects.toThrow('enough')
    expect(performance.now() - begun).toBeLessThan(20_000)
  }, 60_000)

  test('a registry with a login of its own', async () => {
    const guarded = await startOciRegistry({ auth: { kind: 'basic', username: 'ann', password: 'secret' } })
    onTestFinished(() => guarded.close())
    class Own extends ContainerRegistry {
      static override readonly FLAVOR = 'own'
      override readonly uri: string = guarded.host
      override async login(): Promise<{ username: string; password: string }> {
        return { username: 'ann', password: 'secret' }
      }
    }
    await write('Dockerfile', `FROM ${LITTLE_BASE}\nENV MARK=${own}\n`)
    const made = await builder.build(await recipe(place, 'one', { dockerfile: 'Dockerfile' }), {
      ...at,
      registry: new Own({}),
    })
    expect(made.image).toContain(`${guarded.host}/sidestep@`)
    await write('Dockerfile', `FROM ${LITTLE_BASE}\nENV MARK=${own}2\n`)
    await expect(
      builder.build(await recipe(place, 'one', { dockerfile: 'Dockerfile' }), {
        ...at,
        registry: registryAt(guarded.host),
      }),
    ).rejects.toMatchObject({ kind: 'auth' })
  }, 60_000)

  test('an engine that does not answer, and a client that cannot build', async () => {
    await write('Dockerfile', `FROM ${NODE_BASE}\nENV MARK=${own}\n`)
    const { program } = await findEngine({ signal })
    const config = { parentImage: LITTLE_BASE, nodeVersion: '24' } as const
    const settings = { dockerfile: 'Dockerfile' }
    const silent = new DockerImageBuilder({ ...config, program, host: 'unix:///nowhere.sock' })
    await expect(silent.build(await recipe(place, 'one', settings), at)).rejects.toMatchObject({
      code: 'IMAGE_FAILED',
      kind: 'infra',
      message: expect.stringContaining('nowhere.sock') as string,
    })
    const none = new DockerImageBuilder({ ...config, program: '/no/docker' })
    await expect(none.build(await recipe(place, 'one', settings), at)).rejects.toMatchObject({
      code: 'IMAGE_FAILED',
      kind: 'config',
      message: expect.stringContaining('no such program') as string,
    })
    // Without anything to run, no engine is asked.
    const { image } = await none.build(await recipe(place, 'one'), at)
    expect(image).toContain('@sha256:')
  }, 60_000)

  test('an engine that accepts and says nothing has a limit', async () => {
    const { program } = await findEngine({ signal })
    const path = join(place.folder, 'mute.sock')
    const mute = createServer().listen(path)
    onTestFinished(() => void mute.close())
    await once(mute, 'listening')
    await expect(findEngine({ program, host: `unix://${path}`, signal, limitMs: 500 })).rejects.toMatchObject({
      code: 'IMAGE_FAILED',
      kind: 'infra',
      message: expect.stringContaining(`${program}: its engine does not answer within 0.5 seconds`) as string,
    })
  }, 20_000)

  test('what it needs is tried: the client and its engine', async () => {
    const config = { parentImage: NODE_BASE, nodeVersion: '24' } as const
    const { program, version } = await findEngine({ signal })
    expect(version).toMatch(/^\d+\.\d+/u)
    const [found, base] = await new DockerImageBuilder(config).diagnose({ signal })
    expect([found?.state, base?.state]).toEqual(['ok', 'ok'])
    expect(found?.found).toContain(`${program}, `)
    const away = new DockerImageBuilder({ ...config, program, host: 'unix:///nowhere/engine.sock' })
    expect(await away.diagnose({ signal })).toMatchObject([
      {
        state: 'problem',
        found: expect.stringMatching(/^no engine can build the image: .*nowhere\/engine\.sock/su) as string,
        hint: expect.stringContaining('Start the engine, or let DOCKER_HOST name another one.') as string,
      },
      { state: 'ok' },
    ])
    const none = new DockerImageBuilder({ ...config, program: '/nowhere/docker' })
    expect(await none.diagnose({ signal })).toMatchObject([
      { state: 'problem', hint: expect.stringContaining('Install Docker with its buildx plugin, or Podman') as string },
      { state: 'ok' },
    ])
  }, 30_000)

  test('preventBuildReuse builds an environment once per run, whatever lies on top of it', async () => {
    await write('Dockerfile', `FROM ${LITTLE_BASE}\nENV MARK=${own}\n`)
    const run = { ...at, signal: new AbortController().signal }
    const anew = async (environment: Record<string, string>) => {
      const settings = { dockerfile: 'Dockerfile', preventBuildReuse: true, environment }
      return builder.build(await recipe(place, 'one', settings), run)
    }
    const made = [await anew({ A: '1' }), ...(await Promise.all([anew({ A: '2' }), anew({ A: '3' })]))]
    expect(new Set(made.map(({ image }) => image)).size).toBe(3)
    expect(builds()).toBe(1)
    run.signal = new AbortController().signal
    await anew({ A: '1' })
    expect(builds()).toBe(2)
  }, 60_000)

  test('a killed build leaves nothing to read, and the next one removes what it left', async () => {
    await write(
      'Dockerfile',
      `FROM ${NODE_BASE}\nENV MARK=${own}\n${NODE_RUN("console.log('begun'); setTimeout(() => {}, 9000)")}\n`,
    )
    const guarded = await startOciRegistry({ auth: { kind: 'basic', username: 'ann', password: 'secret' } })
    onTestFinished(() => guarded.close())
    const code = (await recipe(place, 'one')).bundle.path
    const child = spawn(process.execPath, [join(import.meta.dirname, 'build-with-login.ts')], {
      env: { ...process.env, BUILD: JSON.stringify({ ...place, code, host: guarded.host, parentImage: NODE_BASE }) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    for await (const line of createInterface({ input: child.stdout })) if (line.endsWith('begun')) break
    child.kill('SIGKILL')
    const pushes = join(place.home, 'images', 'pushes')
    const left = (await readdir(pushes)).filter((name) => name.includes('.partial-'))
    expect(left).toHaveLength(1)
    expect((await stat(join(pushes, left[0] ?? ''))).mode & 0o777).toBe(0o700)
    expect(await readdir(join(pushes, left[0] ?? '', 'client'))).toContain('config.json')
    await builder.build(await recipe(place, `two ${own}`), at)
    expect((await readdir(pushes)).filter((name) => name.includes('.partial-'))).toEqual([])
  }, 60_000)

  test('a Dockerfile from nothing: what is known of it is planned', async () => {
    await write('Dockerfile', 'FROM scratch\nCOPY data.txt /\n')
    await write('data.txt', own)
    const made = await recipe(place, 'one', { dockerfile: 'Dockerfile', files: ['data.txt'] })
    const parts = await builder.plan({ ...made, bundle: { ...made.bundle, requirements: ['is-odd@3'] } }, at)
    expect(parts.map(({ name }) => name)).toEqual(['dockerfile', 'context', 'npm', 'files', 'code'])
  })

  test('settings that cannot be', async () => {
    await write('Dockerfile', `FROM ${REGISTRY}/none/such:1\n`)
    await expect(build({ dockerfile: 'Dockerfile' })).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' })
    await expect(build({ dockerfile: 'Dockerfile', parentImage: NODE_BASE })).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    })
    await expect(build({ dockerfile: '../Dockerfile' })).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
    await expect(build({ dockerfile: 'Dockerfile', skipBuild: true })).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining('docker.skipBuild builds nothing, and docker.dockerfile') as string,
    })
    const { registry: _, ...nowhere } = at
    await expect(builder.build(await recipe(place, 'one'), { ...nowhere, registry: undefined })).rejects.toMatchObject({
      code: 'STACK_INVALID',
      message: expect.stringContaining('the image builder docker has nowhere') as string,
    })
    await expect(build({ dockerfile: 'Other' })).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  }, 60_000)
})
