import { AwsJsonError } from '../aws-json/aws-json-error.ts'
import { invalidParameter } from './ecr-errors.ts'

/** A request to make a repository, within the limits of its shape. */
export interface CreateRepositoryRequest {
  readonly registryId?: string
  readonly repositoryName: string
  readonly tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly imageTagMutability?: string
  readonly imageTagMutabilityExclusionFilters?: readonly { readonly filterType: string; readonly filter: string }[]
  readonly imageScanningConfiguration?: { readonly scanOnPush?: boolean }
  readonly encryptionConfiguration?: { readonly encryptionType: string; readonly kmsKey?: string }
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html */
const MAX_TAGS = 50
const MAX_TAG_KEY = 128
const MAX_TAG_VALUE = 256

/** What the shapes do not say. Throws what ECR answers. */
export function checkCreate(request: CreateRepositoryRequest): void {
  checkTags(request.tags ?? [])
  const { imageTagMutability = 'MUTABLE', imageTagMutabilityExclusionFilters, encryptionConfiguration } = request
  if (imageTagMutability.endsWith('_WITH_EXCLUSION') !== (imageTagMutabilityExclusionFilters !== undefined)) {
    throw invalidParameter(
      'imageTagMutabilityExclusionFilters',
      'exclusion filters go with IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION',
    )
  }
  if (encryptionConfiguration?.encryptionType === 'AES256' && encryptionConfiguration.kmsKey !== undefined) {
    throw invalidParameter('encryptionConfiguration', 'kmsKey can only be specified with the encryption type KMS')
  }
}

function checkTags(tags: NonNullable<CreateRepositoryRequest['tags']>): void {
  if (tags.length > MAX_TAGS) {
    throw new AwsJsonError('TooManyTagsException', `A repository can have no more than ${MAX_TAGS} tags`)
  }
  for (const { Key, Value } of tags) {
    if (Key === '' || Key.length > MAX_TAG_KEY || Value.length > MAX_TAG_VALUE || /^aws:/i.test(Key)) {
      throw new AwsJsonError(
        'InvalidTagParameterException',
        `Invalid tag '${Key}': tag keys have 1 to ${MAX_TAG_KEY} characters and do not begin with aws:, tag values have ${MAX_TAG_VALUE} at most`,
      )
    }
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw new AwsJsonError('InvalidTagParameterException', 'Duplicate tag keys are not allowed')
  }
}
