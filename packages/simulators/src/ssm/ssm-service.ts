import { randomBytes } from 'node:crypto'

import { ACCOUNT_ID, epochSeconds, type AwsJsonCall } from '../aws-json/aws-json-call.ts'
import { AwsJsonError } from '../aws-json/aws-json-error.ts'
import { AwsJsonService } from '../aws-json/aws-json-service.ts'
import type { Service } from '../ground/service.ts'
import { compareUtf8 } from '../ground/utf8-order.ts'
import { checkPut, LARGEST_STANDARD, validation, type PutParameterRequest } from './check-put.ts'
import { SSM_LIMITS } from './limits.ts'
import { parseSelector, type Parameter } from './parameter.ts'

interface GetRequest {
  readonly Name: string
  readonly WithDecryption?: boolean
}

interface GetManyRequest {
  readonly Names: readonly string[]
  readonly WithDecryption?: boolean
}

/** Of what is answered without decryption: nobody reads a value from it. */
const CIPHER_BYTES = 152

/** The oldest goes where another one comes: ParameterMaxVersionLimitExceeded of the API. */
const MAX_VERSIONS = 100

type Regions = Map<string, Map<string, Parameter>>

/** The Parameter Store of AWS Systems Manager, as far as parameters are put and read: without labels, policies and keys of one's own. */
export function ssmService(): Service {
  const regions: Regions = new Map()
  const of = (region: string): Map<string, Parameter> => {
    const known = regions.get(region) ?? new Map<string, Parameter>()
    regions.set(region, known)
    return known
  }
  return new AwsJsonService({
    name: 'ssm',
    targetPrefix: 'AmazonSSM',
    signingName: 'ssm',
    limits: SSM_LIMITS,
    effects: ['PutParameter'],
    rates: RATES,
    operations: {
      GetParameter: {
        input: 'GetParameterRequest',
        run: ({ region, request }: AwsJsonCall<GetRequest>) => ({ Parameter: get(of(region), request) }),
      },
      GetParameters: { input: 'GetParametersRequest', run: ({ region, request }) => getMany(of(region), request) },
      PutParameter: { input: 'PutParameterRequest', run: async (call) => put(call, of(call.region)) },
    },
  })
}

/** By account and region, unless a higher throughput is paid for: https://docs.aws.amazon.com/general/latest/gr/ssm.html */
const RATES = {
  GetParameter: { perSecond: 40 },
  GetParameters: { perSecond: 40 },
  PutParameter: { perSecond: 3 },
} as const

/** What is answered of a parameter. */
type Found = Readonly<Record<string, unknown>> & { readonly Name: string }

function get(known: ReadonlyMap<string, Parameter>, { Name, WithDecryption = false }: GetRequest): Found {
  const { id, selector } = parseSelector(withoutSpaces(Name))
  const parameter = [...known.values()].find(({ name, arn }) => id === name || id === arn)
  // The service gives no text to it.
  if (parameter === undefined) throw new AwsJsonError('ParameterNotFound', '')
  const { versions, name, arn } = parameter
  const wanted = selector?.slice(1)
  const version = wanted === undefined ? versions.at(-1) : versions.find(({ number }) => String(number) === wanted)
  if (version === undefined) {
    const message = `Systems Manager could not find version ${wanted} of ${name}. Verify the version and try again.`
    throw new AwsJsonError('ParameterVersionNotFound', message)
  }
  const isHidden = version.type === 'SecureString' && !WithDecryption
  return {
    Name: name,
    Type: version.type,
    Value: isHidden ? randomBytes(CIPHER_BYTES).toString('base64') : version.value,
    Version: version.number,
    ...(selector === undefined ? {} : { Selector: selector }),
    LastModifiedDate: epochSeconds(version.changedAt),
    ARN: arn,
    DataType: 'text',
  }
}

/** Those around a name are dropped; in it there are none. */
function withoutSpaces(name: string): string {
  const trimmed = name.trim()
  if (/\s/.test(trimmed)) throw validation(`Parameter name can't contain spaces: ${trimmed}`)
  return trimmed
}

/** What it cannot find is no error here, but a list. Those that it finds come by their names. */
function getMany(known: ReadonlyMap<string, Parameter>, { Names, WithDecryption = false }: GetManyRequest): unknown {
  if (new Set(Names).size < Names.length) {
    throw validation('Parameter names in the request should not contain duplicates')
  }
  const [found, InvalidParameters]: [Found[], string[]] = [[], []]
  for (const Name of Names) {
    try {
      found.push(get(known, { Name, WithDecryption }))
    } catch (error) {
      if (!(error instanceof AwsJsonError) || error.code === 'ValidationException') throw error
      InvalidParameters.push(Name)
    }
  }
  return { Parameters: found.toSorted((left, right) => compareUtf8(left.Name, right.Name)), InvalidParameters }
}

async function put(
  { region, request, exchange }: AwsJsonCall<PutParameterRequest>,
  known: Map<string, Parameter>,
): Promise<unknown> {
  const name = withoutSpaces(request.Name)
  const there = known.get(name)
  checkPut({ ...request, Name: name }, there?.tier)
  const { Value: value, Type: type, Overwrite: overwrites = false, Tier = there?.tier ?? 'Standard' } = request
  if (there !== undefined && !overwrites) {
    const message =
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.'
    throw new AwsJsonError('ParameterAlreadyExists', message)
  }
  const before = there?.versions.at(-1)
  const kept = type ?? before?.type
  if (kept === undefined) throw validation('A parameter type is required when you create a parameter.')
  const number = (before?.number ?? 0) + 1
  const isLarge = value.length > LARGEST_STANDARD || there?.tier === 'Advanced'
  const tier = Tier === 'Intelligent-Tiering' ? (isLarge ? 'Advanced' : 'Standard') : Tier
  await exchange.effect(() => {
    const arn = `arn:aws:ssm:${region}:${ACCOUNT_ID}:parameter${name.startsWith('/') ? '' : '/'}${name}`
    const parameter = known.get(name) ?? { name, arn, tier, versions: [] }
    parameter.tier = tier
    parameter.versions.push({ number, value, type: kept, changedAt: exchange.clock.now() })
    if (parameter.versions.length > MAX_VERSIONS) parameter.versions.shift()
    known.set(name, parameter)
  })
  return { Version: number, Tier: tier }
}
