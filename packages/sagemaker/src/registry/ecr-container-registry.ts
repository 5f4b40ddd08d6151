import type { ECRClient } from '@aws-sdk/client-ecr'

import {
  configError,
  ContainerRegistry,
  type ComponentFinding,
  type ComponentLocation,
  type DiagnoseOptions,
  type RegistryCallOptions,
  type RegistryLogin,
} from '@sidestep/core/component'

import { clientConfig } from '../aws/client-config.ts'
import { takeAnswers } from '../aws/definite-answers.ts'
import { SharedCall } from '../aws/shared-call.ts'
import type { ResolvedEcrConfig } from './ecr-config.ts'
import { ecrError, hasExpired } from './ecr-error.ts'
import { parseEcrUri, type EcrPlace } from './ecr-uri.ts'

type EcrSdk = typeof import('@aws-sdk/client-ecr')

interface Connection {
  readonly sdk: EcrSdk
  readonly client: ECRClient
}

interface KnownLogin {
  readonly login: RegistryLogin
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** A push may take long: a login that ends within it is asked for anew. Tokens are good for 12 hours. */
const RENEW_BEFORE_MS = 60 * 60_000
/** Of a token that does not say its end, in milliseconds. */
const USUAL_LOGIN_MS = 12 * 60 * 60_000
/** Where credentials have ended, new ones are asked for once. */
const MOST_CALLS = 2

/** Repositories of Amazon ECR. */
export class EcrContainerRegistry extends ContainerRegistry<ResolvedEcrConfig> {
  static override readonly FLAVOR: 'ecr' = 'ecr'

  override readonly uri: string
  /** Of the `uri`. */
  readonly place: EcrPlace
  readonly #there = new Set<string>()
  #connection: Promise<Connection> | undefined
  readonly #asking: SharedCall = new SharedCall()
  #login: KnownLogin | undefined

  /** Throws `CONFIG_INVALID` for a `uri` that is none. */
  constructor(config: ResolvedEcrConfig) {
    super(config)
    const place = parseEcrUri(config.uri)
    if (place === undefined) {
      const hint = 'Write ACCOUNT.dkr.ecr.REGION.amazonaws.com, or that with /PREFIX.'
      throw configError('CONFIG_INVALID', `${config.uri} is no registry of ECR`, hint)
    }
    this.place = place
    this.uri = place.prefix === '' ? place.host : `${place.host}/${place.prefix}`
  }

  override get location(): ComponentLocation {
    return { cloud: 'aws', region: this.config.region }
  }

  /** A token of ECR, for all repositories that the caller may use. It is kept until an hour before its end. */
  override async login({ signal }: RegistryCallOptions): Promise<RegistryLogin> {
    signal.throwIfAborted()
    const isGood = this.#login !== undefined && this.#login.expiresAt - Date.now() > RENEW_BEFORE_MS
    if (!isGood) {
      await this.#asking.join(async (left) => {
        this.#login = await this.#askForLogin(left)
      }, signal)
    }
    return this.#login!.login
  }

  /** Makes a repository unless it is there, which includes that somebody else makes it just now. */
  override async createRepository(name: string, { signal }: RegistryCallOptions): Promise<void> {
    signal.throwIfAborted()
    if (this.#there.has(name)) return
    if (!(await this.hasRepository(name, { signal }))) {
      await this.#call(`make the repository ${name} in`, 'ecr:CreateRepository', signal, async ({ sdk, client }) => {
        try {
          await client.send(new sdk.CreateRepositoryCommand(this.#request(name)), { abortSignal: signal })
        } catch (error) {
          if (nameOf(error) !== 'RepositoryAlreadyExistsException') throw error
        }
      })
    }
    this.#there.add(name)
  }

  /** Whether a repository is there. */
  async hasRepository(name: string, { signal }: RegistryCallOptions): Promise<boolean> {
    return this.#call(`look for the repository ${name} in`, 'ecr:DescribeRepositories', signal, async (connection) => {
      const { sdk, client } = connection
      const { account } = this.place
      const of = account === undefined ? {} : { registryId: account }
      try {
        const command = new sdk.DescribeRepositoriesCommand({ ...of, repositoryNames: [name] })
        const { repositories = [] } = await client.send(command, { abortSignal: signal })
        return repositories.length > 0
      } catch (error) {
        if (nameOf(error) === 'RepositoryNotFoundException') return false
        throw error
      }
    })
  }

  /** Loaded where it is asked for: no build needs it. */
  override async diagnose(options: DiagnoseOptions): Promise<readonly ComponentFinding[]> {
    const { diagnoseEcr } = await import('./diagnose-ecr.ts')
    return diagnoseEcr(this, options)
  }

  #request(name: string): ConstructorParameters<EcrSdk['CreateRepositoryCommand']>[0] {
    const { tags = {}, mutableTags = true, kmsKeyId } = this.config
    const { account } = this.place
    return {
      ...(account === undefined ? {} : { registryId: account }),
      repositoryName: name,
      tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      imageTagMutability: mutableTags ? 'MUTABLE' : 'IMMUTABLE',
      ...(kmsKeyId === undefined ? {} : { encryptionConfiguration: { encryptionType: 'KMS', kmsKey: kmsKeyId } }),
    }
  }

  async #askForLogin(signal: AbortSignal): Promise<KnownLogin> {
    return this.#call('log in to', 'ecr:GetAuthorizationToken', signal, async ({ sdk, client }) => {
      const { authorizationData = [] } = await client.send(new sdk.GetAuthorizationTokenCommand({}), {
        abortSignal: signal,
      })
      const [{ authorizationToken = '', expiresAt = new Date(Date.now() + USUAL_LOGIN_MS) } = {}] = authorizationData
      const [, username, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(authorizationToken, 'base64').toString()) ?? []
      if (username === undefined || password === undefined) throw new Error('ECR gave no login')
      return { login: { username, password }, expiresAt: expiresAt.getTime() }
    })
  }

  async #call<T>(
    doing: string,
    action: string,
    signal: AbortSignal,
    call: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    for (let calls = 1; ; calls += 1) {
      const connection = this.#connect()
      try {
        return await call(await connection)
      } catch (error) {
        signal.throwIfAborted()
        const isOver = hasExpired(error)
        if (isOver && this.#connection === connection) this.#connection = undefined
        if (!isOver || calls === MOST_CALLS) throw ecrError(error, { doing, registry: this.place.host, action })
      }
    }
  }

  #connect(): Promise<Connection> {
    this.#connection ??= this.#open().catch((error: unknown) => {
      this.#connection = undefined
      throw error
    })
    return this.#connection
  }

  async #open(): Promise<Connection> {
    const [sdk, config] = await Promise.all([import('@aws-sdk/client-ecr'), clientConfig(this.config)])
    const client = new sdk.ECRClient(config)
    takeAnswers(client)
    return { sdk, client }
  }
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined
}
