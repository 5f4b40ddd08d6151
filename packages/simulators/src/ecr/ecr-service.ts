import { ACCOUNT_ID, epochSeconds, type AwsJsonCall } from '../aws-json/aws-json-call.ts'
import { AwsJsonError } from '../aws-json/aws-json-error.ts'
import { AwsJsonService } from '../aws-json/aws-json-service.ts'
import type { Clock } from '../ground/clock.ts'
import { pageOf, PageTokenError } from '../ground/pages.ts'
import type { Service } from '../ground/service.ts'
import { alreadyExists, invalidParameter, notFound } from './ecr-errors.ts'
import type { EcrRegistry } from './ecr-registry.ts'
import { ECR_LIMITS } from './limits.ts'
import { checkCreate, type CreateRepositoryRequest } from './repository-request.ts'

/** What ECR answers of a repository. */
type RepositoryDocument = Readonly<Record<string, unknown>> & { readonly repositoryName: string }

interface DescribeRequest {
  readonly registryId?: string
  readonly repositoryNames?: readonly string[]
  readonly nextToken?: string
  readonly maxResults?: number
}

const DEFAULT_PAGE = 100

/**
 * Amazon ECR: logins and repositories. The registry that they are for has a port of its own. It is one for all regions: what the API makes in
 * one region is not to be seen by the API in another, but its images lie under one name.
 */
export function ecrService(registry: EcrRegistry, clock: Clock): Service {
  const repositories = new Map<string, Map<string, RepositoryDocument>>()
  const of = (region: string): Map<string, RepositoryDocument> => {
    const known = repositories.get(region) ?? new Map<string, RepositoryDocument>()
    repositories.set(region, known)
    return known
  }
  return new AwsJsonService({
    name: 'ecr',
    targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
    signingName: 'ecr',
    limits: ECR_LIMITS,
    effects: ['CreateRepository'],
    validationError: 'InvalidParameterException',
    operations: {
      GetAuthorizationToken: { input: 'GetAuthorizationTokenRequest', run: (call) => authorize(call, registry) },
      DescribeRepositories: {
        input: 'DescribeRepositoriesRequest',
        run: ({ region, request }) => describe(of(region), request, region),
      },
      CreateRepository: { input: 'CreateRepositoryRequest', run: async (call) => create(call) },
    },
    errorFor: (kind) =>
      kind === 'server-error'
        ? new AwsJsonError('ServerException', 'Service temporarily unavailable', { status: 500 })
        : undefined,
    close: async () => registry.close(),
  })

  async function create({ region, request, exchange }: AwsJsonCall<CreateRepositoryRequest>): Promise<unknown> {
    if (request.registryId !== undefined && request.registryId !== ACCOUNT_ID) throw otherAccount('CreateRepository')
    checkCreate(request)
    const known = of(region)
    const repository = documentOf(request, { region, host: registry.host, now: clock.now() })
    if (known.has(request.repositoryName)) throw alreadyExists(request.repositoryName)
    await exchange.effect(() => {
      // Another one may have come before what happens late.
      if (known.has(request.repositoryName)) return
      known.set(request.repositoryName, repository)
      registry.createRepository(request.repositoryName)
    })
    return { repository }
  }
}

/** A token for each registry that is asked for: all open the same. */
function authorize(
  { request }: AwsJsonCall<{ readonly registryIds?: readonly string[] }>,
  registry: EcrRegistry,
): unknown {
  const { login, expiresAt } = registry.issueLogin()
  return {
    authorizationData: (request.registryIds ?? [ACCOUNT_ID]).map(() => ({
      authorizationToken: Buffer.from(`${login.username}:${login.password}`).toString('base64'),
      expiresAt: epochSeconds(expiresAt),
      proxyEndpoint: `http://${registry.host}`,
    })),
  }
}

/** Those that are named, or all, page by page. */
function describe(known: ReadonlyMap<string, RepositoryDocument>, request: DescribeRequest, region: string): unknown {
  const { registryId = ACCOUNT_ID, repositoryNames, nextToken, maxResults } = request
  if (repositoryNames !== undefined) {
    if (nextToken !== undefined || maxResults !== undefined) {
      throw invalidParameter('repositoryNames', 'nextToken and maxResults cannot be used with repositoryNames')
    }
    const repositories = repositoryNames.map((name) => {
      const found = registryId === ACCOUNT_ID ? known.get(name) : undefined
      if (found === undefined) throw notFound(name, registryId)
      return found
    })
    return { repositories }
  }
  if (registryId !== ACCOUNT_ID) throw otherAccount('DescribeRepositories')
  const all = [...known.values()].toSorted((a, b) => (a.repositoryName < b.repositoryName ? -1 : 1))
  try {
    const list = `repositories ${region}`
    const keyOf = ({ repositoryName }: RepositoryDocument): string => repositoryName
    const page = pageOf(all, { size: maxResults ?? DEFAULT_PAGE, token: nextToken, list, keyOf })
    return { repositories: page.items, ...(page.next === undefined ? {} : { nextToken: page.next }) }
  } catch (error) {
    if (!(error instanceof PageTokenError)) throw error
    throw invalidParameter('nextToken', 'must be a token of a previous answer')
  }
}

function otherAccount(operation: string): AwsJsonError {
  return new AwsJsonError(
    'AccessDeniedException',
    `User: arn:aws:iam::${ACCOUNT_ID}:user/simulator is not authorized to perform: ecr:${operation} on a registry of another account`,
  )
}

function documentOf(
  request: CreateRepositoryRequest,
  { region, host, now }: { readonly region: string; readonly host: string; readonly now: number },
): RepositoryDocument {
  const { repositoryName, imageTagMutability, imageTagMutabilityExclusionFilters } = request
  return {
    repositoryArn: `arn:aws:ecr:${region}:${ACCOUNT_ID}:repository/${repositoryName}`,
    registryId: ACCOUNT_ID,
    repositoryName,
    repositoryUri: `${host}/${repositoryName}`,
    createdAt: epochSeconds(now),
    imageTagMutability: imageTagMutability ?? 'MUTABLE',
    ...(imageTagMutabilityExclusionFilters === undefined ? {} : { imageTagMutabilityExclusionFilters }),
    imageScanningConfiguration: { scanOnPush: request.imageScanningConfiguration?.scanOnPush ?? false },
    encryptionConfiguration: request.encryptionConfiguration ?? { encryptionType: 'AES256' },
  }
}
