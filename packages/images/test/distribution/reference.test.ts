import fc from 'fast-check'
import { expect, test } from 'vitest'

import { formatReference, parseReference, type ImageReference } from '../../src/distribution/reference.ts'
import { isLoopback, registryUrl } from '../../src/distribution/registry-host.ts'

const DIGEST = `sha256:${'0a'.repeat(32)}`

test.each<[string, ImageReference]>([
  ['node', { registry: 'docker.io', repository: 'library/node' }],
  ['node:24-slim', { registry: 'docker.io', repository: 'library/node', tag: '24-slim' }],
  ['acme/steps', { registry: 'docker.io', repository: 'acme/steps' }],
  ['docker.io/node', { registry: 'docker.io', repository: 'library/node' }],
  ['index.docker.io/acme/x', { registry: 'docker.io', repository: 'acme/x' }],
  ['localhost/x', { registry: 'localhost', repository: 'x' }],
  ['localhost:5000/x:1', { registry: 'localhost:5000', repository: 'x', tag: '1' }],
  ['ghcr.io/acme/a-b__c.d:V_1.2', { registry: 'ghcr.io', repository: 'acme/a-b__c.d', tag: 'V_1.2' }],
  ['[::1]:5000/x/y', { registry: '[::1]:5000', repository: 'x/y' }],
  ['Registry/x', { registry: 'Registry', repository: 'x' }],
  [`ghcr.io/a/b@${DIGEST}`, { registry: 'ghcr.io', repository: 'a/b', digest: DIGEST }],
  [`ghcr.io/a/b:1@${DIGEST}`, { registry: 'ghcr.io', repository: 'a/b', tag: '1', digest: DIGEST }],
])('%s', (text, reference) => {
  expect(parseReference(text)).toEqual(reference)
})

test.each([
  ['', 'the repository is missing'],
  ['Node', '"library/Node" has capitals'],
  ['ghcr.io/Acme/steps', 'Write ghcr.io/acme/steps'],
  ['https://ghcr.io/a/b', 'Write ghcr.io/a/b'],
  ['ghcr.io/', 'the repository is missing'],
  ['ghcr.io/a//b', 'a part between two slashes is empty'],
  ['ghcr.io/a/b:', '"" is no tag'],
  ['ghcr.io/a/b:.x', '".x" is no tag'],
  [`a:${'x'.repeat(129)}`, 'is no tag'],
  ['a@sha256:12', '"sha256:12" is no digest'],
  [`a@sha512:${'0'.repeat(128)}`, 'is no digest'],
  ['0a'.repeat(32), 'the id of an image'],
  ['-x.io/a', '"-x.io" is no host[:port]'],
  ['x.io:port/a', '"x.io:port" is no host[:port]'],
  ['a___b', 'is no part of a repository'],
  [`ghcr.io/${'x'.repeat(256)}`, 'longer than 255'],
])('%j is refused: %s', (text, problem) => {
  const error = thrownBy(() => parseReference(text))
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
  expect(`${error.message} ${String(error.hint)}`).toContain(problem)
})

const part = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/)
const registry = fc.oneof(
  fc.stringMatching(/^[a-z0-9]{1,8}\.[a-z0-9]{1,8}(:[0-9]{1,5})?$/),
  fc.constantFrom('localhost', 'localhost:5000', '[::1]:5000', '[2001:db8::1]', 'docker.io'),
)
const references = fc.record(
  {
    registry,
    repository: fc.array(part, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('/')),
    tag: fc.stringMatching(/^\w[\w.-]{0,127}$/),
    digest: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
  },
  { requiredKeys: ['registry', 'repository'] },
)

test('what is written is read back the same', () => {
  fc.assert(
    fc.property(references, (reference) => {
      expect(parseReference(formatReference(reference))).toEqual(reference)
    }),
  )
})

test('any text is a name that can be written in full, or an error that says why not', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9._:/@[\]-]{0,40}$/)), (text) => {
      let reference
      try {
        reference = parseReference(text)
      } catch (error) {
        expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
        return
      }
      expect(parseReference(formatReference(reference))).toEqual(reference)
    }),
    { numRuns: 2000 },
  )
})

test('plain HTTP is for loopback only', () => {
  const urls = ['localhost:5000', '127.0.0.1:5000', '127.8.9.1', '[::1]:5000'].map((host) => registryUrl(host).protocol)
  expect(new Set(urls)).toEqual(new Set(['http:']))
  for (const host of ['ghcr.io', '10.0.0.1:5000', 'localhost.acme.io', '127.0.0.1.acme.io', '[2001:db8::1]:5000']) {
    expect(registryUrl(host).protocol, host).toBe('https:')
  }
  expect(registryUrl('docker.io').href).toBe('https://registry-1.docker.io/')
  expect(registryUrl('ghcr.io:80').href).toBe('https://ghcr.io:80/')
  expect(isLoopback('0.0.0.0')).toBe(false)
})

function thrownBy(call: () => unknown): Error & { hint?: string } {
  try {
    call()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
