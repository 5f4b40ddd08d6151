import { setImmediate } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ContainerRegistry, type RegistryCallOptions, type RegistryLogin } from '@sidestep/core'
import { startOciRegistry, type OciRegistry } from '@sidestep/simulators'

import { containerRegistryConformance } from '../../src/index.ts'
import { caught, collected } from './collected.ts'

const LOGIN: RegistryLogin = { username: 'ann', password: 'secret' }

// Both ask who it is, and one of them by a token; repositories must be made first.
const started: Partial<Record<'basic' | 'bearer', OciRegistry>> = {}
beforeAll(async () => {
  for (const kind of ['basic', 'bearer'] as const) {
    started[kind] = await startOciRegistry({ auth: { kind, ...LOGIN } })
    started[kind].setFaults({ unknownRepositories: true })
  }
})
afterAll(async () => Promise.all(Object.values(started).map(async (registry) => registry.close())))

const made = new Set<string>()

class Sound extends ContainerRegistry<{ readonly registry: OciRegistry }> {
  static override readonly FLAVOR: string = 'sound'

  get uri(): string {
    return `${this.config.registry.host}/acme`
  }

  override async login(): Promise<RegistryLogin | undefined> {
    return LOGIN
  }

  override async createRepository(name: string, _options: RegistryCallOptions): Promise<void> {
    this.config.registry.createRepository(name)
  }
}

class LikeUrl extends Sound {
  override get uri(): string {
    return `http://${super.uri}`
  }
}

class EndsWithSlash extends Sound {
  override get uri(): string {
    return `${super.uri}/`
  }
}

class WithoutHost extends Sound {
  override get uri(): string {
    return 'acme/steps'
  }
}

class LargeLetters extends Sound {
  override get uri(): string {
    return `${this.config.registry.host}/Acme`
  }
}

class ThereIsAnError extends Sound {
  override async createRepository(name: string, options: RegistryCallOptions): Promise<void> {
    if (made.has(name)) throw new Error('RepositoryAlreadyExistsException')
    made.add(name)
    return super.createRepository(name, options)
  }
}

/** Looks first, as if nobody else did. */
class LooksAndMakes extends Sound {
  static readonly #there = new Set<string>()
  override async createRepository(name: string, options: RegistryCallOptions): Promise<void> {
    if (LooksAndMakes.#there.has(name)) return
    await setImmediate()
    if (LooksAndMakes.#there.has(name)) throw new Error('RepositoryAlreadyExistsException')
    LooksAndMakes.#there.add(name)
    return super.createRepository(name, options)
  }
}

/** As for a name of something else, which may have less in it. */
class PlainNames extends Sound {
  override async createRepository(name: string, options: RegistryCallOptions): Promise<void> {
    return super.createRepository(name.replaceAll(/[._]+/g, '-'), options)
  }
}

class MakesNone extends Sound {
  override async createRepository(): Promise<void> {}
}

class PathTwice extends Sound {
  override async createRepository(name: string, options: RegistryCallOptions): Promise<void> {
    return super.createRepository(`acme/${name}`, options)
  }
}

class WrongPassword extends Sound {
  override async login(): Promise<RegistryLogin | undefined> {
    return { ...LOGIN, password: 'wrong' }
  }
}

class EmptyLogin extends Sound {
  override async login(): Promise<RegistryLogin | undefined> {
    return { username: '', password: '' }
  }
}

class Expires extends Sound {
  #times = 0
  override async login(): Promise<RegistryLogin | undefined> {
    this.#times += 1
    return this.#times === 1 ? LOGIN : { ...LOGIN, password: 'expired' }
  }
}

class OwnAbort extends Sound {
  override async createRepository(_name: string, { signal }: RegistryCallOptions): Promise<void> {
    if (signal.aborted) throw new Error('AbortError: The operation was aborted')
  }
}

describe.for(['basic', 'bearer'] as const)('a registry without a mistake passes, with a login by %s', (kind) => {
  containerRegistryConformance({ test, create: () => new Sound({ registry: started[kind]! }) })
})

describe("a registry that leaves the login to Docker's configuration passes", () => {
  class LeavesLogin extends Sound {
    override async login(): Promise<undefined> {}
  }
  const create = (): ContainerRegistry => new LeavesLogin({ registry: started.bearer! })
  containerRegistryConformance({ test, create, dockerLogin: LOGIN })
})

const URI = 'the uri is host[:port][/path], the same in every process'
const KNOWN = 'login() gives a user and a password that the registry knows, again and again'
const PUSHED = 'an image that is pushed to a repository just made is pulled by another process'

test.for([
  { mistake: 'its uri begins like a URL', Registry: LikeUrl, check: URI, message: /are not part of it/ },
  { mistake: 'its uri ends with a slash', Registry: EndsWithSlash, check: URI, message: /are not part of it/ },
  { mistake: 'its uri has no host', Registry: WithoutHost, check: URI, message: /a host has a dot or a port/ },
  { mistake: 'its uri has large letters', Registry: LargeLetters, check: URI, message: /small letters and digits/ },
  {
    mistake: 'a repository that is there is an error',
    Registry: ThereIsAnError,
    check: 'making a repository again is nothing: what lies there stays',
    message: /that it is there already, or is being made, is success/,
  },
  {
    mistake: 'it looks whether a repository is there, and makes it then',
    Registry: LooksAndMakes,
    check: 'a repository may be made by several processes at once',
    message: /or is being made, is success/,
  },
  {
    mistake: 'dots and underscores become dashes',
    Registry: PlainNames,
    check: 'names of repositories may have all that the specification allows',
    message: /a\.b\/\S+ by .* got 404/,
  },
  { mistake: 'repositories are not made', Registry: MakesNone, check: PUSHED, message: /After createRepository\(\)/ },
  {
    mistake: 'repositories are made elsewhere',
    Registry: PathTwice,
    check: PUSHED,
    message: /After createRepository\(\)/,
  },
  { mistake: 'the login is refused', Registry: WrongPassword, check: KNOWN, message: /must give what it takes/ },
  { mistake: 'the login is empty', Registry: EmptyLogin, check: KNOWN, message: /it gives undefined/ },
  { mistake: 'the login expires', Registry: Expires, check: KNOWN, message: /login\(\) must give what it takes/ },
  {
    mistake: 'an abort is an error of its own',
    Registry: OwnAbort,
    check: 'calls whose signal has aborted end with its reason, or as if nothing was',
    message: /rejects with the signal's reason/,
  },
])('a registry is caught by the check that is meant for it: $mistake', async ({ Registry, check, message }) => {
  const create = (): ContainerRegistry => new Registry({ registry: started.bearer! })
  const suite = collected((each) => containerRegistryConformance({ test: each, create }))
  expect(await caught(suite, check)).toMatch(message)
})
