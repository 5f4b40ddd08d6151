import type { Limits } from '../ground/limits.ts'

/**
 * Every shape that the requests of the simulated operations of AWS Systems Manager reach, as its published model has them: boto/botocore 1.44.5,
 * `botocore/data/ssm/2014-11-06/service-2.json`, November 2026 (Apache-2.0).
 */
export const SSM_LIMITS: Limits = {
  AllowedPattern: { type: 'string', min: 0, max: 1024 },
  Boolean: { type: 'boolean' },
  GetParameterRequest: {
    type: 'structure',
    members: { Name: 'PSParameterName', WithDecryption: 'Boolean' },
    required: ['Name'],
  },
  GetParametersRequest: {
    type: 'structure',
    members: { Names: 'ParameterNameList', WithDecryption: 'Boolean' },
    required: ['Names'],
  },
  PSParameterName: { type: 'string', min: 1, max: 2048 },
  PSParameterValue: { type: 'string', sensitive: true },
  ParameterDataType: { type: 'string', min: 0, max: 128 },
  ParameterDescription: { type: 'string', min: 0, max: 1024 },
  ParameterKeyId: { type: 'string', min: 1, max: 256, pattern: '^([a-zA-Z0-9:/_-]+)$' },
  ParameterNameList: { type: 'list', of: 'PSParameterName', min: 1, max: 10 },
  ParameterPolicies: { type: 'string', min: 1, max: 4096 },
  ParameterTier: { type: 'string', enum: ['Standard', 'Advanced', 'Intelligent-Tiering'] },
  ParameterType: { type: 'string', enum: ['String', 'StringList', 'SecureString'] },
  PutParameterRequest: {
    type: 'structure',
    members: {
      Name: 'PSParameterName',
      Description: 'ParameterDescription',
      Value: 'PSParameterValue',
      Type: 'ParameterType',
      KeyId: 'ParameterKeyId',
      Overwrite: 'Boolean',
      AllowedPattern: 'AllowedPattern',
      Tags: 'TagList',
      Tier: 'ParameterTier',
      Policies: 'ParameterPolicies',
      DataType: 'ParameterDataType',
    },
    required: ['Name', 'Value'],
  },
  Tag: { type: 'structure', members: { Key: 'TagKey', Value: 'TagValue' }, required: ['Key', 'Value'] },
  TagKey: { type: 'string', min: 1, max: 128, pattern: String.raw`^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$` },
  TagList: { type: 'list', of: 'Tag', max: 1000 },
  TagValue: { type: 'string', min: 0, max: 256, pattern: String.raw`^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$` },
}
