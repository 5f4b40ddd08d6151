import type { Limits } from '../ground/limits.ts'

/**
 * Every shape that the requests of the simulated operations of AWS Secrets Manager reach, as its published model has them: boto/botocore 1.44.5,
 * `botocore/data/secretsmanager/2017-10-17/service-2.json`, November 2026 (Apache-2.0).
 */
export const SECRETS_MANAGER_LIMITS: Limits = {
  AddReplicaRegionListType: { type: 'list', of: 'ReplicaRegionType', min: 1 },
  BooleanType: { type: 'boolean' },
  ClientRequestTokenType: { type: 'string', min: 32, max: 64 },
  CreateSecretRequest: {
    type: 'structure',
    members: {
      Name: 'NameType',
      ClientRequestToken: 'ClientRequestTokenType',
      Description: 'DescriptionType',
      KmsKeyId: 'KmsKeyIdType',
      SecretBinary: 'SecretBinaryType',
      SecretString: 'SecretStringType',
      Tags: 'TagListType',
      AddReplicaRegions: 'AddReplicaRegionListType',
      ForceOverwriteReplicaSecret: 'BooleanType',
      Type: 'MedeaTypeType',
      CrossAccountPrimaryARN: 'SecretARNType',
    },
    required: ['Name'],
  },
  DeleteSecretRequest: {
    type: 'structure',
    members: {
      SecretId: 'SecretIdType',
      RecoveryWindowInDays: 'RecoveryWindowInDaysType',
      ForceDeleteWithoutRecovery: 'BooleanType',
    },
    required: ['SecretId'],
  },
  DescriptionType: { type: 'string', max: 2048 },
  GetSecretValueRequest: {
    type: 'structure',
    members: { SecretId: 'SecretIdType', VersionId: 'SecretVersionIdType', VersionStage: 'SecretVersionStageType' },
    required: ['SecretId'],
  },
  KmsKeyIdType: { type: 'string', min: 0, max: 2048 },
  MedeaTypeType: { type: 'string', min: 0, max: 256 },
  NameType: { type: 'string', min: 1, max: 512 },
  PutSecretValueRequest: {
    type: 'structure',
    members: {
      SecretId: 'SecretIdType',
      ClientRequestToken: 'ClientRequestTokenType',
      SecretBinary: 'SecretBinaryType',
      SecretString: 'SecretStringType',
      VersionStages: 'SecretVersionStagesType',
      RotationToken: 'RotationTokenType',
    },
    required: ['SecretId'],
  },
  RecoveryWindowInDaysType: { type: 'long' },
  RegionType: { type: 'string', min: 1, max: 128, pattern: String.raw`^([a-z]+-)+\d+$` },
  ReplicaRegionType: { type: 'structure', members: { Region: 'RegionType', KmsKeyId: 'KmsKeyIdType' } },
  RotationTokenType: { type: 'string', min: 36, max: 256, pattern: String.raw`^[a-zA-Z0-9\-]+$`, sensitive: true },
  SecretARNType: { type: 'string', min: 20, max: 2048 },
  SecretBinaryType: { type: 'blob', min: 1, max: 65536, sensitive: true },
  SecretIdType: { type: 'string', min: 1, max: 2048 },
  SecretStringType: { type: 'string', min: 1, max: 65536, sensitive: true },
  SecretVersionIdType: { type: 'string', min: 32, max: 64 },
  SecretVersionStageType: { type: 'string', min: 1, max: 256 },
  SecretVersionStagesType: { type: 'list', of: 'SecretVersionStageType', min: 1, max: 20 },
  Tag: { type: 'structure', members: { Key: 'TagKeyType', Value: 'TagValueType' } },
  TagKeyType: { type: 'string', min: 1, max: 128 },
  TagListType: { type: 'list', of: 'Tag' },
  TagValueType: { type: 'string', min: 0, max: 256 },
}
