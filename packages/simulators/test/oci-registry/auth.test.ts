import { noDockerRegistry, startDockerRegistry } from '@sidestep/containers/registry'
import { describe, expect, test } from 'vitest'

import { startOciRegistry, type OciRegistryAuth } from '../../src/index.ts'
import { call } from '../support/call.ts'
import { ACCEPT, digestOf, Remote } from '../support/images.ts'

const user = { username: 'ann', password: 'secret' }
const basic = (text: string): { Authorization: string } => ({
  Authorization: `Basic ${Buffer.from(text).toString('base64')}`,
})

describe.for([
  { name: 'simulator', why: undefined, start: async () => startOciRegistry({ auth: { kind: 'basic', ...user } }) },
  { name: 'docker-registry', why: noDockerRegistry, start: async () => startDockerRegistry({ auth: true }) },
])('basic, $name', ({ why, start }) => {
  test.skipIf(why !== undefined)(`asks for user and password${why === undefined ? '' : ` (${why})`}`, async () => {
    await using registry = await start()
    for (const headers of [{}, basic('ann:wrong'), basic('bob:secret'), { Authorization: 'Bearer x' }]) {
      const refused = await call(`http://${registry.host}/v2/`, { headers })
      expect(refused).toMatchObject({ status: 401, code: 'UNAUTHORIZED' })
      expect(refused.headers['www-authenticate']).toMatch(/^Basic realm="[^"]+"$/)
    }
    const repository = new Remote(registry.host, 'team/app', basic('ann:secret'))
    const manifest = await repository.pushImage('v1', 'layer')
    expect((await repository.call('manifests/v1', { headers: ACCEPT })).body.toString()).toBe(manifest)
    const nobody = new Remote(registry.host, 'team/app')
    expect((await nobody.call('manifests/v1', { headers: ACCEPT })).status).toBe(401)
    const head = await nobody.call(`blobs/${digestOf('layer')}`, { method: 'HEAD' })
    expect(head.status).toBe(401)
    expect(head.body).toHaveLength(0)
  })
})

describe('bearer', () => {
  const start = async (more: Partial<OciRegistryAuth> = {}, now?: () => number) =>
    startOciRegistry({ auth: { kind: 'bearer', ...user, ...more }, ...(now !== undefined && { now }) })

  /** The challenge of a refused request, as its parts. */
  const challengeOf = async (url: string, method = 'GET', headers = {}): Promise<Record<string, string>> => {
    const refused = await call(url, { method, headers })
    expect(refused.status).toBe(401)
    const text = refused.headers['www-authenticate'] ?? ''
    expect(text).toMatch(/^Bearer /)
    return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]))
  }

  const tokenFor = async (host: string, scopes: readonly string[], headers = {}): Promise<Record<string, any>> => {
    const url = new URL(`http://${host}/token?service=oci-registry`)
    for (const scope of scopes) url.searchParams.append('scope', scope)
    const answer = await call(url, { headers })
    expect(answer.status).toBe(200)
    return answer.json()
  }

  const as = (token: unknown): { Authorization: string } => ({ Authorization: `Bearer ${String(token)}` })

  test('a challenge names the token service and what is needed', async () => {
    await using registry = await start()
    const url = `http://${registry.host}/v2`
    const common = { realm: `http://${registry.host}/token`, service: 'oci-registry' }
    expect(await challengeOf(`${url}/`)).toEqual(common)
    expect(await challengeOf(`${url}/a/b/manifests/1`)).toEqual({ ...common, scope: 'repository:a/b:pull' })
    expect(await challengeOf(`${url}/a/b/manifests/1`, 'PUT')).toMatchObject({ scope: 'repository:a/b:pull,push' })
    expect(await challengeOf(`${url}/a/b/blobs/uploads/`, 'POST')).toMatchObject({ scope: 'repository:a/b:pull,push' })
    expect(await challengeOf(`${url}/a/b/manifests/1`, 'DELETE')).toMatchObject({ scope: 'repository:a/b:delete' })
    expect(await challengeOf(`${url}/a/b/blobs/uploads/?mount=${digestOf('x')}&from=base`, 'POST')).toMatchObject({
      scope: 'repository:a/b:pull,push repository:base:pull',
    })
    expect(await challengeOf(`${url}/`, 'GET', as('forged'))).toMatchObject({ error: 'invalid_token' })
    // User and password are for the token service only.
    await challengeOf(`${url}/`, 'GET', basic('ann:secret'))
  })

  test('a token is good for its scopes, and for no other', async () => {
    await using registry = await start()
    const {
      token,
      access_token: same,
      expires_in: seconds,
    } = await tokenFor(registry.host, ['repository:team/app:pull,push'], basic('ann:secret'))
    expect(same).toBe(token)
    expect(seconds).toBe(300)
    const app = new Remote(registry.host, 'team/app', as(token))
    await app.pushImage('v1', 'layer')
    expect((await app.call('manifests/v1', { headers: ACCEPT })).status).toBe(200)
    const other = new Remote(registry.host, 'team/other', as(token))
    expect((await other.call('manifests/v1')).headers['www-authenticate']).toContain('error="insufficient_scope"')
    const pull = (await tokenFor(registry.host, ['repository:team/app:pull'], basic('ann:secret')))['token']
    expect(
      (await new Remote(registry.host, 'team/app', as(pull)).call('blobs/uploads/', { method: 'POST' })).status,
    ).toBe(401)
  })

  test('a mount needs one token with both scopes', async () => {
    await using registry = await start()
    const scopes = ['repository:app:pull,push', 'repository:base:pull,push']
    const each = await Promise.all(scopes.map(async (scope) => tokenFor(registry.host, [scope], basic('ann:secret'))))
    const [app, base] = each.map(({ token }) => as(token))
    await new Remote(registry.host, 'base', base).push('layer')
    const path = `blobs/uploads/?mount=${digestOf('layer')}&from=base`
    const mount = async (headers: Record<string, string>) =>
      (await new Remote(registry.host, 'app', headers).call(path, { method: 'POST' })).status
    expect(await mount(app ?? {})).toBe(401)
    expect(await mount(as((await tokenFor(registry.host, scopes, basic('ann:secret')))['token']))).toBe(201)
    // Scopes may stand in one parameter too.
    expect(await mount(as((await tokenFor(registry.host, [scopes.join(' ')], basic('ann:secret')))['token']))).toBe(201)
  })

  test('the token service knows its users', async () => {
    await using registry = await start({ publicRepositories: ['base'] })
    const url = `http://${registry.host}/token?service=oci-registry`
    expect((await call(url, { headers: basic('ann:wrong') })).status).toBe(401)
    expect((await call(`http://${registry.host}/token?service=other`, { headers: basic('ann:secret') })).status).toBe(
      400,
    )
    const post = async (fields: Record<string, string>) => {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
      const body = new URLSearchParams({ service: 'oci-registry', client_id: 'test', ...fields }).toString()
      return call(`http://${registry.host}/token`, { method: 'POST', headers, body })
    }
    expect((await post({ grant_type: 'password', username: 'ann', password: 'wrong' })).status).toBe(401)
    const scope = 'repository:base:pull,push'
    const { access_token: token } = (await post({ grant_type: 'password', ...user, scope })).json()
    await new Remote(registry.host, 'base', as(token)).push('layer')

    // Nobody may pull what is public, with a token for nobody, and nothing else.
    const nobody = async (wanted: string) => as((await tokenFor(registry.host, [wanted]))['token'])
    const pull = `blobs/${digestOf('layer')}`
    expect((await new Remote(registry.host, 'base').call(pull)).status).toBe(401)
    expect((await new Remote(registry.host, 'base', await nobody('repository:base:pull')).call(pull)).status).toBe(200)
    const begin = { method: 'POST' }
    expect((await new Remote(registry.host, 'base', await nobody(scope)).call('blobs/uploads/', begin)).status).toBe(
      401,
    )
    expect((await new Remote(registry.host, 'app', await nobody('repository:app:pull')).call(pull)).status).toBe(401)
  })

  test('tokens end, by age or at once', async () => {
    let now = Date.now()
    await using registry = await start({ tokenSeconds: 60 }, () => now)
    const fresh = async () => {
      const { token } = await tokenFor(registry.host, ['repository:app:pull,push'], basic('ann:secret'))
      return new Remote(registry.host, 'app', as(token))
    }
    const first = await fresh()
    await first.push('layer')
    now += 59_000
    expect((await first.call('tags/list')).status).toBe(200)
    now += 1000
    expect((await first.call('tags/list')).headers['www-authenticate']).toContain('error="invalid_token"')
    const second = await fresh()
    const location = await second.begin()
    registry.setFaults({ expireTokens: true })
    expect((await second.put(location, 'more')).status).toBe(401)
    const third = await fresh()
    expect((await third.put(location, 'more')).status).toBe(201)
  })
})
