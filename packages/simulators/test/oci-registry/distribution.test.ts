// The specification's behaviors, asked of the simulator and of Debian's docker-registry (distribution 2.8). Where the
// two differ, the simulator does what the specification says, and the test says what docker-registry does.
import { Agent } from 'node:http'

import { noDockerRegistry, startDockerRegistry } from '@sidestep/containers/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startOciRegistry } from '../../src/index.ts'
import { call } from '../support/call.ts'
import { ACCEPT, descriptorOf, digestOf, imageOf, INDEX, Remote } from '../support/images.ts'

const targets = [
  { name: 'simulator', why: undefined, start: () => startOciRegistry(), simulated: true },
  { name: 'docker-registry', why: noDockerRegistry, start: () => startDockerRegistry(), simulated: false },
]

for (const { name, why, start, simulated } of targets)
  describe.skipIf(why !== undefined)(`${name}${why === undefined ? '' : `: ${why}`}`, () => {
    let registry: { readonly host: string } & AsyncDisposable
    let count = 0
    beforeAll(async () => {
      registry = await start()
    })
    afterAll(async () => registry[Symbol.asyncDispose]())

    // Of an upload that is over, the specification says BLOB_UPLOAD_UNKNOWN; docker-registry says so only to GET.
    const uploadUnknown = simulated ? 'BLOB_UPLOAD_UNKNOWN' : 'BLOB_UPLOAD_INVALID'

    /** A repository that nobody has used. */
    const fresh = (): Remote => new Remote(registry.host, `team/app-${(count += 1)}`)

    test('says which API it speaks', async () => {
      const answer = await call(`http://${registry.host}/v2/`)
      expect(answer.status).toBe(200)
      expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0')
    })

    test('takes a blob with one PUT, and gives it back', async () => {
      const repository = fresh()
      const begun = await repository.call('blobs/uploads/', { method: 'POST' })
      expect(begun).toMatchObject({ status: 202, headers: { range: '0-0' } })
      const answer = await repository.put(begun.headers.location ?? '', 'hello')
      const digest = digestOf('hello')
      expect(answer).toMatchObject({ status: 201, headers: { 'docker-content-digest': digest } })
      const path = `blobs/${digest}`
      expect(new URL(answer.headers.location ?? '', repository.base).pathname).toBe(`/v2/${repository.name}/${path}`)
      const got = await repository.at(answer.headers.location ?? '')
      expect(got).toMatchObject({ status: 200, headers: { 'docker-content-digest': digest, 'content-length': '5' } })
      expect(got.body.toString()).toBe('hello')
      const head = await repository.call(path, { method: 'HEAD' })
      expect(head).toMatchObject({ status: 200, headers: { 'docker-content-digest': digest, 'content-length': '5' } })
      expect(head.body).toHaveLength(0)
    })

    test('takes an empty blob', async () => {
      const repository = fresh()
      expect((await repository.push('')).status).toBe(201)
      const got = await repository.call(`blobs/${digestOf('')}`)
      expect(got).toMatchObject({ status: 200, headers: { 'content-length': '0' } })
    })

    test('takes a blob of several MB and gives it back byte for byte', async () => {
      const repository = fresh()
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => `line ${index}\n`).join('')).subarray(
        0,
        -1,
      )
      expect(bytes.length).toBeGreaterThan(3_000_000)
      const twice = Buffer.concat([bytes, bytes])
      expect((await repository.push(twice)).status).toBe(201)
      expect((await repository.call(`blobs/${digestOf(twice)}`)).body.equals(twice)).toBe(true)
    })

    test('a blob counts only where it was pushed', async () => {
      const [here, there] = [fresh(), fresh()]
      await here.push('mine')
      await there.push('other')
      expect(await there.call(`blobs/${digestOf('mine')}`)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' })
      expect((await there.call(`blobs/${digestOf('mine')}`, { method: 'HEAD' })).status).toBe(404)
    })

    test('another content than the digest says is refused, and the upload is over', async () => {
      const repository = fresh()
      const location = await repository.begin()
      const wrong = await repository.put(location, 'this', digestOf('that'))
      expect(wrong).toMatchObject({ status: 400, code: 'DIGEST_INVALID' })
      expect((await repository.call(`blobs/${digestOf('this')}`)).status).toBe(404)
      expect((await repository.call(`blobs/${digestOf('that')}`)).status).toBe(404)
      expect(await repository.put(location, 'that')).toMatchObject({ status: 404, code: uploadUnknown })
    })

    test('what is no digest is refused', async () => {
      const repository = fresh()
      for (const digest of ['', 'sha256:abc', 'hello', `sha256:${'A'.repeat(64)}`, `md5:${'a'.repeat(32)}`]) {
        expect(await repository.put(await repository.begin(), 'x', digest)).toMatchObject({
          status: 400,
          code: 'DIGEST_INVALID',
        })
      }
    })

    test('takes a blob with one POST, or begins an upload instead', async () => {
      const repository = fresh()
      const options = { method: 'POST', body: 'hello', headers: { 'Content-Type': 'application/octet-stream' } }
      const answer = await repository.call(`blobs/uploads/?digest=${digestOf('hello')}`, options)
      // Both are allowed; docker-registry does the second.
      expect(answer.status).toBe(simulated ? 201 : 202)
      expect((await repository.call(`blobs/${digestOf('hello')}`)).status).toBe(simulated ? 200 : 404)
    })

    test('takes a blob in chunks, and tells how far it is', async () => {
      const repository = fresh()
      const chunk = (body: string, range: string) => ({
        method: 'PATCH',
        body,
        headers: { 'Content-Range': range, 'Content-Type': 'application/octet-stream' },
      })
      const first = await repository.at(await repository.begin(), chunk('hello ', '0-5'))
      expect(first).toMatchObject({ status: 202, headers: { range: '0-5' } })
      const second = await repository.at(first.headers.location ?? '', chunk('wor', '6-8'))
      expect(second).toMatchObject({ status: 202, headers: { range: '0-8' } })
      const status = await repository.at(second.headers.location ?? '')
      expect(status).toMatchObject({ status: 204, headers: { range: '0-8' } })
      const end = await repository.put(status.headers.location ?? '', 'ld', digestOf('hello world'))
      expect(end.status).toBe(201)
      expect((await repository.call(`blobs/${digestOf('hello world')}`)).body.toString()).toBe('hello world')
    })

    test('a chunk out of order is refused and changes nothing', async () => {
      const repository = fresh()
      const headers = { 'Content-Range': '6-8', 'Content-Type': 'application/octet-stream' }
      const location = await repository.begin()
      const early = await repository.at(location, { method: 'PATCH', body: 'wor', headers })
      // The specification: 416 is a MUST. docker-registry 2.8 does not look at Content-Range.
      expect(early.status).toBe(simulated ? 416 : 202)
      if (!simulated) return
      const again = await repository.at(location, {
        method: 'PATCH',
        body: 'hello ',
        headers: { ...headers, 'Content-Range': '0-5' },
      })
      expect(again).toMatchObject({ status: 202, headers: { range: '0-5' } })
      const repeated = await repository.at(location, {
        method: 'PATCH',
        body: 'hello ',
        headers: { ...headers, 'Content-Range': '0-5' },
      })
      expect(repeated).toMatchObject({ status: 416, headers: { range: '0-5' } })
      const short = await repository.at(location, { method: 'PATCH', body: 'wo', headers })
      expect(short).toMatchObject({ status: 400, code: 'SIZE_INVALID' })
      for (const range of ['bytes 6-8/9', '6', 'x', '9-6']) {
        const odd = await repository.at(location, {
          method: 'PATCH',
          body: 'wor',
          headers: { ...headers, 'Content-Range': range },
        })
        expect(odd.status).toBe(416)
      }
      expect((await repository.put(location, '', digestOf('hello '))).status).toBe(201)
    })

    test('takes one PATCH of unknown length, as Docker pushes', async () => {
      const repository = fresh()
      const headers = { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/octet-stream' }
      const sent = await repository.at(await repository.begin(), { method: 'PATCH', body: 'streamed', headers })
      expect(sent).toMatchObject({ status: 202, headers: { range: '0-7' } })
      expect((await repository.put(sent.headers.location ?? '', '', digestOf('streamed'))).status).toBe(201)
    })

    test('a PUT of unknown length', async () => {
      const repository = fresh()
      const url = new URL(await repository.begin(), repository.base)
      url.searchParams.set('digest', digestOf('hello'))
      const headers = { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/octet-stream' }
      const answer = await repository.at(url.href, { method: 'PUT', headers, body: 'hello' })
      // The specification lists Content-Length among the headers of this request; docker-registry does without.
      expect(answer.status).toBe(simulated ? 411 : 201)
      // Go sends what is empty so.
      const empty = new URL(await repository.begin(), repository.base)
      empty.searchParams.set('digest', digestOf(''))
      expect((await repository.at(empty.href, { method: 'PUT', headers, body: '' })).status).toBe(201)
    })

    test('an upload can be given up', async () => {
      const repository = fresh()
      const location = await repository.begin()
      expect((await repository.at(location, { method: 'DELETE' })).status).toBe(204)
      expect(await repository.at(location)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' })
    })

    test('an upload continues only at the address that was answered', async () => {
      const repository = fresh()
      const { pathname, search } = new URL(await repository.begin(), repository.base)
      expect(search).not.toBe('')
      const bare = await repository.put(pathname, 'hello')
      expect(bare).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_INVALID' })
      const elsewhere = await repository.put(pathname.replace(repository.name, 'team/elsewhere') + search, 'hello')
      expect([400, 404]).toContain(elsewhere.status)
    })

    test('mounts a blob from another repository', async () => {
      const [base, app] = [fresh(), fresh()]
      await base.push('layer')
      const digest = digestOf('layer')
      const mounted = await app.call(`blobs/uploads/?mount=${digest}&from=${base.name}`, { method: 'POST' })
      expect(mounted).toMatchObject({ status: 201, headers: { 'docker-content-digest': digest } })
      expect((await app.at(mounted.headers.location ?? '')).body.toString()).toBe('layer')
      // What is not there, and what nobody says the place of, begins an upload.
      for (const query of [
        `?mount=${digestOf('none')}&from=${base.name}`,
        `?mount=${digest}&from=team/nowhere`,
        `?mount=${digest}`,
      ]) {
        const location = await fresh().begin(query)
        expect(location).toContain('/blobs/uploads/')
      }
    })

    const ranges: readonly (readonly [string, number, number])[] = [
      ['bytes=0-3', 0, 3],
      ['bytes=6-', 6, 10],
      ['bytes=-3', 8, 10],
      ['bytes=4-400', 4, 10],
      ['bytes=10-10', 10, 10],
    ]
    test.for(ranges)('gives a range: %s', async ([range, from, to]) => {
      const repository = fresh()
      await repository.push('hello world')
      const answer = await repository.call(`blobs/${digestOf('hello world')}`, { headers: { Range: range } })
      expect(answer).toMatchObject({ status: 206, headers: { 'content-range': `bytes ${from}-${to}/11` } })
      expect(answer.headers['content-length']).toBe(`${to - from + 1}`)
      expect(answer.body.toString()).toBe('hello world'.slice(from, to + 1))
    })

    test('a range that is not there is refused, one in another unit ignored', async () => {
      const repository = fresh()
      await repository.push('hello world')
      const path = `blobs/${digestOf('hello world')}`
      const beyond = await repository.call(path, { headers: { Range: 'bytes=11-12' } })
      expect(beyond).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */11' } })
      // HTTP: a unit that a server does not know MUST be ignored. docker-registry (Go) refuses it.
      expect((await repository.call(path, { headers: { Range: 'lines=1-2' } })).status).toBe(simulated ? 200 : 416)
      // RFC 9110: several ranges may be answered with everything, and one that is none has to be. docker-registry (Go) sends
      // several as parts, and refuses the others.
      expect((await repository.call(path, { headers: { Range: 'bytes=0-0,2-3' } })).status).toBe(simulated ? 200 : 206)
      for (const none of ['bytes=', 'bytes=-', 'bytes=5-2', 'bytes=x-1', 'bytes=1']) {
        const answer = await repository.call(path, { headers: { Range: none } })
        expect({ none, status: answer.status }).toEqual({
          none,
          status: simulated ? 200 : expect.toBeOneOf([200, 416]),
        })
      }
      expect((await repository.call(path, { headers: { Range: 'bytes=-0' } })).status).toBe(simulated ? 416 : 206)
    })

    test('a manifest comes back byte for byte, by tag and by digest', async () => {
      const repository = fresh()
      const manifest = await repository.pushImage('v1', 'layer')
      const digest = digestOf(manifest)
      for (const reference of ['v1', digest]) {
        const got = await repository.call(`manifests/${reference}`, { headers: ACCEPT })
        expect(got.status).toBe(200)
        expect(got.body.toString()).toBe(manifest)
        expect(got.headers['content-type']).toBe('application/vnd.oci.image.manifest.v1+json')
        expect(got.headers['docker-content-digest']).toBe(digest)
        const head = await repository.call(`manifests/${reference}`, { method: 'HEAD', headers: ACCEPT })
        expect(head).toMatchObject({ status: 200, headers: { 'docker-content-digest': digest } })
        expect(head.headers['content-length']).toBe(`${manifest.length}`)
        expect(head.body).toHaveLength(0)
      }
    })

    test('a tag moves, and both manifests stay', async () => {
      const repository = fresh()
      const first = await repository.pushImage('latest', 'one')
      const second = await repository.pushImage('latest', 'two')
      const at = async (reference: string): Promise<string> =>
        (await repository.call(`manifests/${reference}`, { headers: ACCEPT })).body.toString()
      expect(await at('latest')).toBe(second)
      expect(await at(digestOf(first))).toBe(first)
    })

    test('a manifest is given only in a type that is accepted', async () => {
      const repository = fresh()
      await repository.pushImage('v1', 'layer')
      const get = async (accept?: string) =>
        repository.call('manifests/v1', accept === undefined ? {} : { headers: { Accept: accept } })
      const docker = 'application/vnd.docker.distribution.manifest.v2+json'
      expect(await get(docker)).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' })
      expect((await get(`${docker}, ${ACCEPT.Accept};q=0.5`)).status).toBe(200)
      // HTTP: no Accept header means everything, and so does */*. docker-registry gives OCI manifests only to who names them.
      expect((await get()).status).toBe(simulated ? 200 : 404)
      expect((await get('*/*')).status).toBe(simulated ? 200 : 404)
    })

    test('a manifest whose blobs are not there is refused', async () => {
      const repository = fresh()
      await repository.push('config')
      const answer = await repository.putManifest('v1', imageOf('config', 'never sent'))
      // The specification: an error of the 4xx kind; both name this one.
      expect(answer).toMatchObject({ status: 400 })
      expect(answer.code).toMatch(/MANIFEST_BLOB_UNKNOWN|BLOB_UNKNOWN/)
      expect((await repository.call('manifests/v1', { headers: ACCEPT })).status).toBe(404)
    })

    test('a manifest that says another size of its content', async () => {
      const repository = fresh()
      const image = JSON.parse(await repository.pushImage('v1', 'layer')) as { layers: object[]; config: object }
      const index = { schemaVersion: 2, mediaType: INDEX, manifests: [] as object[] }
      index.manifests = [
        { ...descriptorOf(JSON.stringify(image), 'application/vnd.oci.image.manifest.v1+json'), size: 7 },
      ]
      for (const [wrong, mediaType] of [
        [{ ...image, layers: [{ ...image.layers[0], size: 6 }] }, undefined],
        [{ ...image, config: { ...image.config, size: 0 } }, undefined],
        [index, INDEX],
      ] as const) {
        const answer = await repository.putManifest('wrong', wrong, mediaType)
        // The specification leaves it to the registry; docker-registry does not look.
        if (simulated) expect(answer).toMatchObject({ status: 400, code: 'SIZE_INVALID' })
        else expect(answer.status).toBe(201)
      }
    })

    test('a manifest with another digest than its address says is refused', async () => {
      const repository = fresh()
      const manifest = await repository.pushImage('v1', 'layer')
      const answer = await repository.putManifest(digestOf('else'), manifest)
      expect(answer).toMatchObject({ status: 400, code: 'DIGEST_INVALID' })
      expect((await repository.putManifest(digestOf(manifest), manifest)).status).toBe(201)
    })

    test('what is no manifest is refused', async () => {
      const repository = fresh()
      const good = JSON.parse(await repository.pushImage('v1', 'layer'))
      for (const bad of [
        'no JSON',
        '[]',
        { ...good, schemaVersion: 1 },
        { ...good, mediaType: INDEX },
        { ...good, layers: [{ ...good.layers[0], digest: 'sha256:1' }] },
      ]) {
        const answer = await repository.putManifest('bad', bad)
        // docker-registry stumbles over some of them.
        expect({ bad, status: answer.status }).toEqual({ bad, status: simulated ? 400 : expect.toBeOneOf([400, 500]) })
      }
      expect(await repository.putManifest('bad', good, 'application/json')).toMatchObject({ status: 400 })
      expect((await repository.call('manifests/bad', { headers: ACCEPT })).status).toBe(404)
    })

    test('an index names manifests that are there', async () => {
      const repository = fresh()
      const image = await repository.pushImage('amd64', 'layer')
      const platform = { architecture: 'amd64', os: 'linux' }
      const manifests = [{ ...descriptorOf(image, 'application/vnd.oci.image.manifest.v1+json'), platform }]
      const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
      expect((await repository.putManifest('multi', index, INDEX)).status).toBe(201)
      const got = await repository.call('manifests/multi', { headers: ACCEPT })
      expect(got.headers['content-type']).toBe(INDEX)
      expect(got.body.toString()).toBe(index)
      const missing = { ...manifests[0], digest: digestOf('no such manifest') }
      const broken = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [missing] })
      expect((await repository.putManifest('broken', broken, INDEX)).status).toBe(400)
    })

    test('a manifest of more than 4 MiB is refused', async () => {
      const repository = fresh()
      const manifest = JSON.parse(await repository.pushImage('v1', 'layer'))
      const large = { ...manifest, annotations: { text: 'x'.repeat(4 * 1024 * 1024) } }
      // The specification: 413 SHOULD be the answer. docker-registry says 400.
      expect((await repository.putManifest('large', large)).status).toBe(simulated ? 413 : 400)
    })

    test('names are checked', async () => {
      for (const name of ['UPPER', 'a//b', '-a', 'a/-b', 'a..b', 'a___b', 'a/b.']) {
        const answer = await call(`http://${registry.host}/v2/${name}/tags/list`)
        // docker-registry: some of these are no route to it.
        expect({ name, status: answer.status }).toEqual({
          name,
          status: simulated ? 400 : expect.toBeOneOf([301, 404]),
        })
      }
      const repository = fresh()
      const manifest = await repository.pushImage('v1', 'layer')
      for (const tag of ['-a', '.a', 'a+b', 'a'.repeat(129)]) {
        expect({ tag, status: (await repository.putManifest(tag, manifest)).status }).toEqual({
          tag,
          status: simulated ? 400 : 404,
        })
      }
      expect((await repository.putManifest('a'.repeat(128), manifest)).status).toBe(201)
      expect((await repository.putManifest('_a.B-c', manifest)).status).toBe(201)
      const deep = new Remote(registry.host, 'a/b__c/d-e/f--g/blobs/x.y')
      expect((await deep.push('layer')).status).toBe(201)
    })

    test('what is not there has its own error', async () => {
      const nowhere = fresh()
      const repository = fresh()
      await repository.pushImage('v1', 'layer')
      expect(await repository.call('manifests/v2', { headers: ACCEPT })).toMatchObject({
        status: 404,
        code: 'MANIFEST_UNKNOWN',
      })
      expect((await repository.call('manifests/v2', { method: 'HEAD', headers: ACCEPT })).status).toBe(404)
      expect(await nowhere.call('tags/list')).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' })
      expect((await nowhere.call('manifests/v1', { headers: ACCEPT })).status).toBe(404)
      expect((await nowhere.call(`blobs/${digestOf('layer')}`)).status).toBe(404)
      expect((await repository.call('blobs/uploads/7fb4ac3f-4be5-4fc0-9ce9-a5dd0f6e3a3a?state=x')).status).toBeOneOf([
        400, 404,
      ])
      expect((await call(`http://${registry.host}/v3/`)).status).toBe(404)
      expect((await repository.call('tags/list', { method: 'POST' })).status).toBe(405)
    })

    test('lists tags in order, in pages', async () => {
      const repository = fresh()
      const manifest = await repository.pushImage('b', 'layer')
      for (const tag of ['c', 'a', 'd']) await repository.putManifest(tag, manifest)
      const { name, tags } = (await repository.call('tags/list')).json()
      expect(name).toBe(repository.name)
      // The specification: lexical order is a MUST. docker-registry 2.8 gives any, and knows no pages.
      expect(simulated ? tags : tags.toSorted()).toEqual(['a', 'b', 'c', 'd'])
      if (!simulated) return
      const first = await repository.call('tags/list?n=3')
      expect(first.json().tags).toEqual(['a', 'b', 'c'])
      const [, next = ''] = /^<(.+)>; rel="next"$/.exec(String(first.headers.link)) ?? []
      const second = await repository.at(next)
      expect(second.json().tags).toEqual(['d'])
      expect(second.headers.link).toBeUndefined()
      expect((await repository.call('tags/list?n=0')).json().tags).toEqual([])
      expect((await repository.call('tags/list?last=b')).json().tags).toEqual(['c', 'd'])
    })

    test('deletes blobs, manifests and tags', async () => {
      const repository = fresh()
      const manifest = await repository.pushImage('v1', 'layer')
      await repository.putManifest('v2', manifest)
      const remove = async (path: string) => (await repository.call(path, { method: 'DELETE' })).status
      const status = async (path: string) => (await repository.call(path, { headers: ACCEPT })).status
      // The specification lets a registry refuse to delete a tag alone, as docker-registry does (with 400, though, not 405).
      const [untagged, isThere] = simulated ? [202, 404] : [400, 200]
      expect(await remove('manifests/v1')).toBe(untagged)
      expect(await status('manifests/v1')).toBe(isThere)
      expect(await status(`manifests/${digestOf(manifest)}`)).toBe(200)
      expect(await remove(`manifests/${digestOf(manifest)}`)).toBe(202)
      expect(await status(`manifests/${digestOf(manifest)}`)).toBe(404)
      expect(await status('manifests/v2')).toBe(404)
      expect(await remove(`blobs/${digestOf('layer')}`)).toBe(202)
      expect(await status(`blobs/${digestOf('layer')}`)).toBe(404)
      expect(await remove(`blobs/${digestOf('layer')}`)).toBe(404)
    })

    test('lists referrers', async () => {
      const repository = fresh()
      const image = await repository.pushImage('v1', 'layer')
      await repository.push('{}')
      const subject = descriptorOf(image, 'application/vnd.oci.image.manifest.v1+json')
      const attestation = imageOf('{}', 'layer', { subject, artifactType: 'text/proof', annotations: { by: 'ann' } })
      const pushed = await repository.putManifest(digestOf(attestation), attestation)
      expect(pushed.status).toBe(201)
      const listed = await repository.call(`referrers/${subject.digest}`)
      // Version 1.1 of the specification; docker-registry 2.8 is older.
      if (!simulated) return expect(listed.status).toBe(404)
      expect(pushed.headers['oci-subject']).toBe(subject.digest)
      expect(listed).toMatchObject({ status: 200, headers: { 'content-type': INDEX } })
      expect(listed.json().manifests).toEqual([
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          digest: digestOf(attestation),
          size: attestation.length,
          artifactType: 'text/proof',
          annotations: { by: 'ann' },
        },
      ])
      const filtered = await repository.call(`referrers/${subject.digest}?artifactType=text/other`)
      expect(filtered).toMatchObject({ headers: { 'oci-filters-applied': 'artifactType' } })
      expect(filtered.json().manifests).toEqual([])
      expect((await repository.call(`referrers/${digestOf('none')}`)).json().manifests).toEqual([])
    })

    test('one connection serves many requests, refused ones with a body too', async () => {
      const repository = fresh()
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      try {
        const body = Buffer.alloc(300_000, 'x')
        for (let round = 0; round < 3; round += 1) {
          const refused = await repository.at('/v2/team/app/blobs/uploads/none', { method: 'PUT', body, agent })
          expect(refused.status).toBeOneOf([400, 404])
          expect((await repository.at('/v2/', { agent })).status).toBe(200)
          const head = await repository.call(`blobs/${digestOf(body)}`, { method: 'HEAD', agent })
          expect(head.status).toBe(404)
        }
      } finally {
        agent.destroy()
      }
    })
  })
