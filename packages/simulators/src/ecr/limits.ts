import type { Limits } from '../ground/limits.ts'

/**
 * Every shape that the requests of the simulated operations of Amazon ECR reach, as its published model has them: boto/botocore 1.44.5,
 * `botocore/data/ecr/2015-09-21/service-2.json`, November 2026 (Apache-2.0).
 */
export const ECR_LIMITS: Limits = {
  CreateRepositoryRequest: {
    type: 'structure',
    members: {
      registryId: 'RegistryId',
      repositoryName: 'RepositoryName',
      tags: 'TagList',
      imageTagMutability: 'ImageTagMutability',
      imageTagMutabilityExclusionFilters: 'ImageTagMutabilityExclusionFilters',
      imageScanningConfiguration: 'ImageScanningConfiguration',
      encryptionConfiguration: 'EncryptionConfiguration',
    },
    required: ['repositoryName'],
  },
  DescribeRepositoriesRequest: {
    type: 'structure',
    members: {
      registryId: 'RegistryId',
      repositoryNames: 'RepositoryNameList',
      nextToken: 'NextToken',
      maxResults: 'MaxResults',
    },
  },
  EncryptionConfiguration: {
    type: 'structure',
    members: { encryptionType: 'EncryptionType', kmsKey: 'KmsKey' },
    required: ['encryptionType'],
  },
  EncryptionType: { type: 'string', enum: ['AES256', 'KMS', 'KMS_DSSE'] },
  GetAuthorizationTokenRegistryIdList: { type: 'list', of: 'RegistryId', min: 1, max: 10 },
  GetAuthorizationTokenRequest: { type: 'structure', members: { registryIds: 'GetAuthorizationTokenRegistryIdList' } },
  ImageScanningConfiguration: { type: 'structure', members: { scanOnPush: 'ScanOnPushFlag' } },
  ImageTagMutability: {
    type: 'string',
    enum: ['MUTABLE', 'IMMUTABLE', 'IMMUTABLE_WITH_EXCLUSION', 'MUTABLE_WITH_EXCLUSION'],
  },
  ImageTagMutabilityExclusionFilter: {
    type: 'structure',
    members: { filterType: 'ImageTagMutabilityExclusionFilterType', filter: 'ImageTagMutabilityExclusionFilterValue' },
    required: ['filterType', 'filter'],
  },
  ImageTagMutabilityExclusionFilterType: { type: 'string', enum: ['WILDCARD'] },
  ImageTagMutabilityExclusionFilterValue: { type: 'string', min: 1, max: 128, pattern: '^[0-9a-zA-Z._*-]{1,128}$' },
  ImageTagMutabilityExclusionFilters: { type: 'list', of: 'ImageTagMutabilityExclusionFilter', min: 1, max: 5 },
  KmsKey: { type: 'string', min: 1, max: 2048 },
  MaxResults: { type: 'integer', min: 1, max: 1000 },
  NextToken: { type: 'string' },
  RegistryId: { type: 'string', pattern: '[0-9]{12}' },
  RepositoryName: {
    type: 'string',
    min: 2,
    max: 256,
    pattern: String.raw`[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`,
  },
  RepositoryNameList: { type: 'list', of: 'RepositoryName', min: 1, max: 100 },
  ScanOnPushFlag: { type: 'boolean' },
  Tag: { type: 'structure', members: { Key: 'TagKey', Value: 'TagValue' }, required: ['Key', 'Value'] },
  TagKey: { type: 'string' },
  TagList: { type: 'list', of: 'Tag' },
  TagValue: { type: 'string' },
}
