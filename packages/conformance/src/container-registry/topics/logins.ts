import assert from 'node:assert/strict'

import { described, settled, within } from '../../waiting.ts'
import { RegistryProbe } from '../registry-probe.ts'
import { never, type RegistryCheck } from '../subject.ts'

const SOON_MS = 20_000

/** Who asks. */
export const loginChecks: readonly RegistryCheck[] = [
  {
    name: 'login() gives a user and a password that the registry knows, again and again',
    run: async ({ open, dockerLogin }) => {
      const registry = await open()
      for (const time of ['first', 'second']) {
        const login = await registry.login({ signal: never() })
        if (login !== undefined) {
          for (const part of ['username', 'password'] as const) {
            assert.ok(
              typeof login[part] === 'string' && login[part] !== '',
              `login() gave a ${part} that is ${typeof login[part]}, or empty: where nobody is logged in, it gives undefined`,
            )
          }
          assert.ok(
            !login.username.includes(':'),
            'login() gave a username with a colon, which cannot be sent: the password goes into password',
          )
        }
        const status = await new RegistryProbe(registry.uri, login ?? dockerLogin).status()
        const who = login === undefined ? "what Docker's configuration says" : `login() of ${login.username}`
        assert.equal(
          status,
          200,
          `${registry.uri} answers ${status} to ${who}, the ${time} time: login() gives what is valid now, and renews what has expired`,
        )
      }
    },
  },
  {
    name: 'calls whose signal has aborted end with its reason, or as if nothing was',
    run: async ({ open, place, timeoutFactor }) => {
      const registry = await open()
      const reason = new Error('not wanted any more')
      const signal = AbortSignal.abort(reason)
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        login: async () => registry.login({ signal }),
        createRepository: async () => registry.createRepository(`${place.name}/aborted`, { signal }),
      }
      for (const [name, call] of Object.entries(calls)) {
        const end = await within(
          settled(call()),
          SOON_MS * timeoutFactor,
          `${name}() never ends although its signal has aborted`,
        )
        assert.ok(
          !end.failed || end.error === reason,
          `${name}() failed with ${described(end.failed && end.error)} after its signal had aborted: it rejects with the signal's reason`,
        )
      }
    },
  },
]
