import { Stack } from '@sidestep/core'
import { oci } from '@sidestep/images'
import { ecr, s3, sagemaker, type SagemakerSettings } from '@sidestep/sagemaker'

/** Where the simulated AWS of a trial is, and how its steps are to run. */
export interface AwsPlaces {
  readonly endpoint: string
  readonly region: string
  /** `host:port/prefix`. */
  readonly registry: string
  readonly bucket: string
  /** The base image. */
  readonly base: string
  /** Of every step. */
  readonly settings: SagemakerSettings
}

const { MATRIX_AWS: text } = process.env

/** `undefined` in a job, and on other stacks. */
export const awsPlaces: AwsPlaces | undefined = text === undefined ? undefined : (JSON.parse(text) as AwsPlaces)

/** Stacks of the operator `sagemaker`: what differs between them is in the settings of the steps. */
export function awsStacks({ endpoint, region, registry, bucket, base }: AwsPlaces): readonly Stack[] {
  return ['sagemaker', 'spot'].map(
    (name) =>
      new Stack({
        name,
        artifactStore: s3({ uri: `s3://${bucket}`, region, endpoint }),
        containerRegistry: ecr({ uri: registry, region, endpoint }),
        imageBuilder: oci({ parentImage: base }),
        stepOperators: {
          there: sagemaker({
            role: 'arn:aws:iam::123456789012:role/steps',
            region,
            endpoint,
            stopGrace: '2s',
            pollInterval: '300ms',
          }),
        },
      }),
  )
}
