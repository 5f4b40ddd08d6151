import { AwsJsonError } from '../aws-json/aws-json-error.ts'

/** A request to put a parameter, within the limits of its shape. */
export interface PutParameterRequest {
  readonly Name: string
  readonly Value: string
  readonly Type?: string
  readonly Overwrite?: boolean
  readonly AllowedPattern?: string
  readonly Tags?: readonly unknown[]
  readonly Tier?: string
  readonly Policies?: string
  readonly DataType?: string
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html */
const MAX_LEVELS = 15
const MAX_NAME = 1_011
/** Characters of a value of the tier Standard. */
export const LARGEST_STANDARD = 4_096
/** Characters of a value. */
const MAX_VALUES: Readonly<Record<string, number>> = {
  Standard: LARGEST_STANDARD,
  Advanced: 8_192,
  'Intelligent-Tiering': 8_192,
}

/** Those that the simulator does not check a value by, of all that the API's documentation names. */
const OTHER_DATA_TYPES: readonly string[] = (
  'aws:ec2:image aws:ssm:integration aws:region aws:account:id boolean integer float binary hostname email ' +
  'ipv4-address ipv6-address url json jsonc'
).split(' ')

/** What the shapes do not say. `tier`: of what is there. Throws what the service answers. */
export function checkPut(request: PutParameterRequest, tier: string = 'Standard'): void {
  const { Name: name, Value: value, Type: type, Overwrite: overwrites = false, Tags: tags, Tier = tier } = request
  checkName(name)
  checkKind(request)
  if (value === '') {
    throw validation(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    )
  }
  if (overwrites && tags !== undefined) {
    throw validation(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To " +
        'update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.',
    )
  }
  if (value.includes('{{') && value.includes('}}')) {
    throw validation('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.')
  }
  if (tier === 'Advanced' && Tier === 'Standard') {
    throw validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the " +
        'standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.',
    )
  }
  const most = MAX_VALUES[Tier] ?? 0
  if (value.length > most) {
    throw validation(
      `${Tier} tier parameters support a maximum parameter value of ${most} characters. To create a larger parameter value, upgrade the ` +
        'parameter to use the advanced-parameter tier. For more information, see ' +
        'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
    )
  }
  if (type === 'StringList' && value.split(',').includes('')) {
    throw validation('Invalid parameter value: a StringList has no empty item')
  }
  checkPattern(request)
}

function checkKind({ Policies: policies, DataType: dataType = 'text' }: PutParameterRequest): void {
  // Empty ones take away those that are there.
  if (policies !== undefined && !['[]', '{}', '[{}]'].includes(policies.replaceAll(/\s/g, ''))) {
    throw validation('The simulator does not implement Policies of a parameter.')
  }
  if (dataType === 'text') return
  throw validation(
    OTHER_DATA_TYPES.includes(dataType)
      ? `The simulator does not implement the data type ${dataType}.`
      : `The following data type is not supported: ${dataType} (Data type names are all lowercase.)`,
  )
}

function checkPattern({ AllowedPattern: pattern, Value: value }: PutParameterRequest): void {
  if (pattern === undefined || pattern === '') return
  let expression: RegExp
  try {
    expression = new RegExp(`^(?:${pattern})$`, 'u')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new AwsJsonError('InvalidAllowedPatternException', `AllowedPattern is no regular expression: ${pattern}`)
  }
  if (expression.test(value)) return
  const message = `Parameter value, cannot be validated against allowedPattern: ${pattern}`
  throw new AwsJsonError('ParameterPatternMismatchException', message)
}

function checkName(name: string): void {
  const parts = name.split('/')
  if (name.length > MAX_NAME) throw validation(`Parameter name exceeds ${MAX_NAME} characters`)
  if (parts.length > 1 && parts[0] !== '') throw validation('Parameter name must be a fully qualified name.')
  const levels = parts.filter((_, index) => index > 0 || parts.length === 1)
  if (levels.length > MAX_LEVELS) {
    throw new AwsJsonError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have a maximum of ${MAX_LEVELS} levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.`,
    )
  }
  const [first = ''] = levels
  if (/^(?:aws|ssm)/i.test(first)) {
    throw validation(
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided ' +
        'by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    )
  }
  if (!levels.every((level) => /^[\w.-]+$/.test(level))) {
    throw validation(
      'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>; each sub-path can be ' +
        'formed as a mix of letters, numbers and the following 3 symbols .-_',
    )
  }
}

/** A `ValidationException`. */
export function validation(message: string): AwsJsonError {
  return new AwsJsonError('ValidationException', message)
}
