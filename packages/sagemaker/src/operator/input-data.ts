import type { SagemakerChannel } from '../sagemaker-config.ts'
import type { JsonObject } from './merge-patch.ts'

/** `InputDataConfig` of a request, in the order of the channels' names. Pure. */
export function inputDataConfig(channels: Readonly<Record<string, SagemakerChannel>>): readonly JsonObject[] {
  return Object.entries(channels)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { s3Uri, inputMode, contentType, s3DataType, distribution }]) => ({
      ChannelName: name,
      DataSource: {
        S3DataSource: {
          S3DataType: s3DataType ?? 'S3Prefix',
          S3Uri: s3Uri,
          S3DataDistributionType: distribution ?? 'FullyReplicated',
        },
      },
      ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(inputMode === undefined ? {} : { InputMode: inputMode }),
    }))
}
