/** Configuration of the container registry `ecr`. */
export interface EcrConfig {
  /** `ACCOUNT.dkr.ecr.REGION.amazonaws.com[/PREFIX]`: images are pushed to repositories below it. With a loopback `endpoint`, `HOST:PORT[/PREFIX]`. */
  readonly uri: string
  /** Of a simulator's registry; that of any other is in its `uri`. Default: `AWS_REGION`, else `AWS_DEFAULT_REGION`. */
  readonly region?: string
  /** Of `~/.aws/config`, for the launcher. Default: as the SDK finds credentials. */
  readonly profile?: string
  /** Of the API, instead of Amazon's: a VPC endpoint, or a simulator. A loopback one needs no credentials. */
  readonly endpoint?: string
  /** Of the repositories that are made. Default: none. */
  readonly tags?: Readonly<Record<string, string>>
  /** Whether tags of images in the repositories that are made can be set again. Default: true. */
  readonly mutableTags?: boolean
  /** Id, alias or ARN of the KMS key of the repositories that are made. Default: ECR's own encryption. */
  readonly kmsKeyId?: string
}

/** The same, checked and complete. */
export interface ResolvedEcrConfig extends EcrConfig {
  readonly region: string
}
