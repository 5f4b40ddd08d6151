import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { askCredentialHelper } from '../../src/distribution/credential-helper.ts'
import { dockerLogin } from '../../src/distribution/docker-login.ts'
import { signal } from './support/content.ts'

let folder: string
let environment: NodeJS.ProcessEnv

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docker-login-'))
  await mkdir(join(folder, 'bin'))
  environment = { DOCKER_CONFIG: folder, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const config = (content: object | string) =>
  writeFile(join(folder, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content))
const login = (registry: string) => dockerLogin(registry, { environment, signal })
const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') })

/** A helper as Docker has them: a program. */
async function helper(name: string, script: string): Promise<void> {
  const path = join(folder, 'bin', `docker-credential-${name}`)
  await writeFile(path, `#!/bin/sh\nread server\necho "$1 $server" >> ${folder}/asked\n${script}\n`)
  await chmod(path, 0o755)
}
const answer = (username: string, secret: string) => `echo '${JSON.stringify({ Username: username, Secret: secret })}'`
const NOTHING = "echo 'credentials not found in native keychain'; exit 1"

test('no file, and nothing for this registry', async () => {
  expect(await login('ghcr.io')).toEqual({ source: `${folder}/config.json, which is not there` })
  await config({ auths: { 'other.io': auth('a:b') }, credHelpers: null })
  expect(await login('ghcr.io')).toEqual({ source: `${folder}/config.json` })
})

test('~/.docker where DOCKER_CONFIG is not set', async () => {
  await mkdir(join(folder, '.docker'))
  await writeFile(join(folder, '.docker/config.json'), JSON.stringify({ auths: { 'ghcr.io': auth('a:b') } }))
  const found = await dockerLogin('ghcr.io', { environment: { HOME: folder }, signal })
  expect(found.login).toEqual({ username: 'a', password: 'b' })
})

test.each([
  ['ghcr.io', 'ghcr.io', auth('ann:se:cret'), { username: 'ann', password: 'se:cret' }],
  ['https://ghcr.io/v2/', 'ghcr.io', auth('ann:x'), { username: 'ann', password: 'x' }],
  ['localhost:5000', 'localhost:5000', auth('ann:'), { username: 'ann', password: '' }],
  ['https://index.docker.io/v1/', 'docker.io', auth('ann:x'), { username: 'ann', password: 'x' }],
  ['docker.io', 'docker.io', auth('ann:x'), { username: 'ann', password: 'x' }],
  [
    'x.azurecr.io',
    'x.azurecr.io',
    { ...auth('0000:'), identitytoken: 'refresh' },
    { username: '<token>', password: 'refresh' },
  ],
  ['x.io', 'x.io', { username: 'a', password: 'b' }, { username: 'a', password: 'b' }],
  ['x.io', 'x.io', {}, undefined],
  ['x.io:5000', 'x.io', auth('a:b'), undefined],
])('auths of %s for %s', async (key, registry, entry, expected) => {
  await config({ auths: { [key]: entry } })
  expect((await login(registry)).login).toEqual(expected)
})

test('a helper of the registry goes before all, the store for all comes last', async () => {
  await helper('own', answer('AWS', 'token'))
  await helper('all', answer('bob', 'pw'))
  await config({
    auths: { 'a.io': auth('x:y'), 'b.io': auth('x:y'), 'https://c.io': {} },
    credHelpers: { 'a.io': 'own' },
    credsStore: 'all',
  })
  expect(await login('a.io')).toEqual({
    login: { username: 'AWS', password: 'token' },
    source: `${folder}/config.json (credHelpers: docker-credential-own)`,
  })
  expect((await login('b.io')).login?.username).toBe('x')
  expect((await login('c.io')).source).toBe(`${folder}/config.json (credsStore: docker-credential-all)`)
  await login('docker.io')
  expect(await readFile(join(folder, 'asked'), 'utf8')).toBe(
    'get a.io\nget https://c.io\nget https://index.docker.io/v1/\n',
  )
})

test('a helper that has nothing: nobody', async () => {
  await helper('own', NOTHING)
  await config({ credsStore: 'own' })
  expect((await login('a.io')).login).toBe(undefined)
})

test('a helper that is not there is said', async () => {
  await config({ credHelpers: { 'a.io': 'gone' } })
  await expect(login('a.io')).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    kind: 'auth',
    message: expect.stringContaining('docker-credential-gone') as string,
    hint: expect.stringContaining('Install docker-credential-gone') as string,
  })
})

test('a helper that fails says why, and no secret', async () => {
  await helper('own', 'echo "no session" >&2; exit 3')
  await config({ credsStore: 'own' })
  await expect(login('a.io')).rejects.toThrow('failed for a.io (3): no session.')
  await helper('own', `${answer('a', 'hunter2')}; exit 1`)
  await expect(login('a.io')).rejects.not.toThrow('hunter2')
  await helper('own', 'echo hunter2')
  await expect(login('a.io')).rejects.toThrow(/not with JSON\.$/)
  await helper('own', `echo '{"Username":"x"}'`)
  await expect(login('a.io')).rejects.toThrow('without Username and Secret')
  await config({ credsStore: '../evil' })
  await expect(login('a.io')).rejects.toThrow('no name of a program')
})

test('a helper that hangs ends with the signal', async () => {
  await helper('own', 'exec sleep 60')
  await config({ credsStore: 'own' })
  await expect(dockerLogin('a.io', { environment, signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/)
})

test('a helper that hangs has a limit, also where something else holds its outputs', async () => {
  await helper('own', 'sleep 60')
  const asked = askCredentialHelper('own', 'a.io', { environment, file: 'config.json', signal, limitMs: 100 })
  await expect(asked).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    kind: 'infra',
    message: expect.stringContaining('docker-credential-own of config.json does not answer for a.io') as string,
  })
  await helper('own', `sleep 5 & ${answer('ann', 'x')}`)
  await config({ credsStore: 'own' })
  const begun = performance.now()
  expect((await login('a.io')).login).toEqual({ username: 'ann', password: 'x' })
  expect(performance.now() - begun).toBeLessThan(4_000)
})

test.each(['{"auths": hunter2', 'null', '[]', '"hunter2"', '{"auths": "hunter2"}', '{"credHelpers": []}'])(
  'a broken file is named, and not quoted: %s',
  async (text) => {
    await config(text)
    const error: unknown = await login('a.io').catch((it: unknown) => it)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(folder) as string })
    expect(inspect(error, { depth: null })).not.toContain('hunter2')
  },
)

test('an entry that is none is named', async () => {
  await config({ auths: { 'a.io': auth('nocolon') } })
  await expect(login('a.io')).rejects.toThrow('holds no user and password')
})
