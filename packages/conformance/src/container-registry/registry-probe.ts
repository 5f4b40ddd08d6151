import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

import type { RegistryLogin } from '@sidestep/core'

interface Call {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** `repository:acme/a:pull,push`. Absent: only who it is matters. */
  readonly scope?: string
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'

/** As much of the OCI distribution API as shows whether a registry can be used: an image in, and out again. */
export class RegistryProbe {
  readonly #origin: string
  readonly #login: RegistryLogin | undefined

  /** @param uri `host[:port][/path]` */
  constructor(uri: string, login: RegistryLogin | undefined) {
    const [host = ''] = uri.split('/')
    const { hostname } = new URL(`https://${host}`)
    const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
    this.#origin = `${isLoopback ? 'http' : 'https'}://${host}`
    this.#login = login
  }

  /** The status of the registry's own root: 200 for whom it knows. */
  async status(): Promise<number> {
    const answer = await this.#send('/v2/', {})
    await answer.arrayBuffer()
    return answer.status
  }

  /** Pushes a small image, with the text as its one layer. */
  async push(repository: string, tag: string, text: string): Promise<void> {
    const layer = Buffer.from(text)
    const layerDigest = digestOf(layer)
    const config = Buffer.from(
      JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [layerDigest] } }),
    )
    for (const blob of [layer, config]) await this.#putBlob(repository, blob)
    const described = (mediaType: string, bytes: Uint8Array): object => ({
      mediaType: `application/vnd.oci.image.${mediaType}`,
      digest: digestOf(bytes),
      size: bytes.length,
    })
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: described('config.v1+json', config),
      layers: [described('layer.v1.tar', layer)],
    }
    const put = {
      method: 'PUT',
      headers: { 'content-type': MANIFEST_TYPE },
      body: Buffer.from(JSON.stringify(manifest)),
    }
    await this.#expect(`/v2/${repository}/manifests/${tag}`, { ...put, scope: writing(repository) }, [201])
  }

  /** The text of an image's one layer. */
  async pull(repository: string, tag: string): Promise<string> {
    const scope = `repository:${repository}:pull`
    const headers = { accept: MANIFEST_TYPE }
    const manifest = await this.#expect(`/v2/${repository}/manifests/${tag}`, { headers, scope }, [200])
    const { layers } = (await manifest.json()) as { readonly layers: readonly { readonly digest: string }[] }
    const layer = await this.#expect(`/v2/${repository}/blobs/${layers[0]?.digest}`, { scope }, [200])
    return layer.text()
  }

  async #putBlob(repository: string, bytes: Uint8Array): Promise<void> {
    const scope = writing(repository)
    const begun = await this.#expect(`/v2/${repository}/blobs/uploads/`, { method: 'POST', scope }, [202])
    const to = new URL(begun.headers.get('location') ?? '', begun.url)
    to.searchParams.set('digest', digestOf(bytes))
    const headers = { 'content-type': 'application/octet-stream' }
    await this.#expect(to.href, { method: 'PUT', headers, body: bytes, scope }, [201, 204])
  }

  async #expect(path: string, call: Call, statuses: readonly number[]): Promise<Response> {
    const answer = await this.#send(path, call)
    if (statuses.includes(answer.status)) return answer
    const text = (await answer.text()).slice(0, 500)
    const who = this.#login === undefined ? 'nobody' : `the login of ${this.#login.username}`
    assert.fail(
      `${call.method ?? 'GET'} ${new URL(path, this.#origin).pathname} by ${who} got ${answer.status}: ${text}. ` +
        'After createRepository(), the login of login() must be able to push there and to pull from there',
    )
  }

  async #send(path: string, call: Call, authorization?: string): Promise<Response> {
    const { method = 'GET', headers = {}, body } = call
    const answer = await fetch(new URL(path, this.#origin), {
      method,
      headers: { ...headers, ...(authorization !== undefined && { authorization }) },
      ...(body !== undefined && { body: Buffer.from(body) }),
    })
    if (answer.status !== 401 || authorization !== undefined) return answer
    await answer.arrayBuffer()
    const proof = await this.#proof(answer.headers.get('www-authenticate') ?? '', call.scope)
    return proof === undefined ? answer : this.#send(path, call, proof)
  }

  /** What a challenge asks for. `undefined`: nobody is logged in. */
  async #proof(challenge: string, scope: string | undefined): Promise<string | undefined> {
    const login = this.#login
    const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
    if (!/^bearer /i.test(challenge)) return basic
    const parameters = new Map(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    )
    const realm = parameters.get('realm') ?? ''
    const asked = new URLSearchParams({ service: parameters.get('service') ?? '' })
    if (scope !== undefined) asked.set('scope', scope)
    const answer = await (login?.username === '<token>'
      ? fetch(realm, {
          method: 'POST',
          body: new URLSearchParams([
            ...asked,
            ['grant_type', 'refresh_token'],
            ['client_id', 'sidestep'],
            ['refresh_token', login.password],
          ]),
        })
      : fetch(`${realm}?${asked.toString()}`, basic === undefined ? {} : { headers: { authorization: basic } }))
    if (!answer.ok) {
      const who = login === undefined ? 'nobody' : login.username
      assert.fail(
        `the token service ${realm} refused ${who} with ${answer.status}: login() must give what it takes; an identity token has the username <token>`,
      )
    }
    const { token, access_token: other } = (await answer.json()) as Readonly<Record<string, string | undefined>>
    return `Bearer ${token ?? other ?? ''}`
  }
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const writing = (repository: string): string => `repository:${repository}:pull,push`
