import { mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { beforeEach, expect, test } from 'vitest'

import { dockerLogin } from '../../src/distribution/docker-login.ts'
import { clientEnvironment } from '../../src/engine/client-config.ts'
import { signal, temporaryFolder } from '../builder/support.ts'

let home: string
let folder: string
const LOGIN = { username: 'ann', password: 'se:cret' }
const OTHER = { auth: Buffer.from('bob:pw').toString('base64') }

beforeEach(async () => {
  const place = await temporaryFolder()
  home = join(place, 'home')
  folder = join(place, 'client')
  await mkdir(join(home, '.docker'), { recursive: true })
})

const own = async (path: string, content: object | string): Promise<void> => {
  await mkdir(join(home, path, '..'), { recursive: true })
  await writeFile(join(home, path), typeof content === 'string' ? content : JSON.stringify(content))
}
const environmentOf = async (kind: 'docker' | 'podman', registry: string, login = LOGIN, more = {}) =>
  clientEnvironment({ kind, environment: { HOME: home, ...more } }, { registry, login, folder })
const written = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), 'utf8'))

test('nothing is written where the client knows by itself', async () => {
  const environment = { HOME: home }
  const at = { registry: 'r.test', login: undefined, folder }
  expect(await clientEnvironment({ kind: 'docker', environment }, at)).toBe(environment)
  await expect(stat(folder)).rejects.toThrow('ENOENT')
})

test('docker gets all that is its own, and one login more, for this user alone', async () => {
  await own('.docker/contexts/meta', 'x')
  await own('.docker/config.json', { currentContext: 'far', auths: { 'a.test': OTHER }, credsStore: 'all' })
  const environment = await environmentOf('docker', 'r.test:5000')
  expect(environment).toEqual({ HOME: home, DOCKER_CONFIG: folder })
  expect(await readlink(join(folder, 'contexts'))).toBe(join(home, '.docker/contexts'))
  expect(await written('config.json')).toMatchObject({ currentContext: 'far', auths: { 'a.test': OTHER } })
  for (const [path, mode] of [
    [folder, 0o700],
    [join(folder, 'config.json'), 0o600],
  ] as const) {
    expect((await stat(path)).mode & 0o777).toBe(mode)
  }
  // As the client reads it.
  expect((await dockerLogin('r.test:5000', { environment, signal })).login).toEqual(LOGIN)
})

test('docker: identity tokens, and the name of Docker Hub', async () => {
  const environment = await environmentOf('docker', 'docker.io', { username: '<token>', password: 'refresh' })
  expect(await written('config.json')).toMatchObject({
    auths: { 'https://index.docker.io/v1/': { identitytoken: 'refresh' } },
  })
  expect((await dockerLogin('docker.io', { environment, signal })).login?.password).toBe('refresh')
})

test('podman gets the logins of all its files, and no helper or other login for this registry', async () => {
  await own('.docker/config.json', {
    auths: { 'a.test': {}, 'b.test': OTHER },
    credHelpers: { 'r.test': 'gone', 'c.test': 'own' },
    credsStore: 'all',
  })
  await own('run/containers/auth.json', { auths: { 'a.test': OTHER, 'r.test/acme': OTHER } })
  const environment = await environmentOf('podman', 'r.test', LOGIN, { XDG_RUNTIME_DIR: join(home, 'run') })
  expect(environment['REGISTRY_AUTH_FILE']).toBe(join(folder, 'auth.json'))
  expect(environment['DOCKER_CONFIG']).toBeUndefined()
  expect(await written('auth.json')).toEqual({
    auths: {
      'a.test': OTHER,
      'b.test': OTHER,
      'r.test': { auth: Buffer.from('ann:se:cret').toString('base64') },
    },
    credHelpers: { 'c.test': 'own' },
  })
})

test('podman: only the file that is named, and Docker Hub by any name', async () => {
  await own('.docker/config.json', { auths: { 'b.test': OTHER } })
  await own('named.json', { auths: { 'https://index.docker.io/v1/': OTHER, 'c.test': OTHER } })
  await environmentOf('podman', 'docker.io', LOGIN, { REGISTRY_AUTH_FILE: join(home, 'named.json') })
  const auth = Buffer.from('ann:se:cret').toString('base64')
  expect(await written('auth.json')).toEqual({ auths: { 'c.test': OTHER, 'docker.io': { auth } }, credHelpers: {} })
})

test.each(['null', '{"auths": {"a": "aHVudGVyMg=="', '[]'])(
  'a file that is none is named, and not quoted: %s',
  async (text) => {
    await own('.docker/config.json', text)
    const error: unknown = await environmentOf('docker', 'r.test').catch((it: unknown) => it)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(home) as string })
    expect(inspect(error, { depth: null })).not.toContain('aHVudGVyMg')
  },
)
