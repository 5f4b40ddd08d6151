import assert from 'node:assert/strict'

import type { RegistryCheck } from '../subject.ts'

const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/

/** Where images go. */
export const uriChecks: readonly RegistryCheck[] = [
  {
    name: 'the uri is host[:port][/path], the same in every process',
    run: async ({ open }) => {
      const [registry, other] = [await open(), await open()]
      const { TYPE, FLAVOR } = registry.constructor as { readonly TYPE?: unknown; readonly FLAVOR?: unknown }
      assert.equal(TYPE, 'container_registry', 'create() gave no container registry: extend ContainerRegistry')
      assert.ok(
        typeof FLAVOR === 'string' && FLAVOR !== '',
        "the class has no static FLAVOR: write `static override readonly FLAVOR = 'my_registry'`",
      )
      const { uri } = registry
      const mend = 'uri is host[:port][/path]: https:// before it, credentials in it and / behind it are not part of it'
      assert.ok(!uri.includes('://'), `the uri ${uri} begins like a URL: ${mend}`)
      assert.ok(!uri.includes('@'), `the uri has an @: ${mend}`)
      assert.ok(!uri.endsWith('/'), `the uri ${uri} ends with a /: ${mend}`)
      const [host = '', ...path] = uri.split('/')
      assert.match(host, HOST, `the uri ${uri} begins with ${JSON.stringify(host)}, which is no host: ${mend}`)
      assert.ok(
        /[.:]/.test(host) || host === 'localhost',
        `the uri ${uri} begins with ${host}, which Docker takes for a repository of Docker Hub: a host has a dot or a port`,
      )
      const bad = path.find((part) => !PATH_PART.test(part))
      assert.equal(
        bad,
        undefined,
        `the uri ${uri} has the part ${JSON.stringify(bad)}, which no name of an image may have: small letters and digits, with . _ __ or - between`,
      )
      assert.equal(other.uri, uri, 'two instances of one registry have two uris')
    },
  },
]
