/** The parts of an Amazon Resource Name. */
export interface Arn {
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string
  /** `iam`, `sagemaker`, `secretsmanager`, … */
  readonly service: string
  /** Empty for what is in no region, such as a role. */
  readonly region: string
  /** Twelve digits; empty for what has no account in its name, such as a bucket. */
  readonly account: string
  /** What follows, with its own colons and slashes: `role/training`, `secret:database-AbCdEf`. Never empty. */
  readonly resource: string
}

/**
 * The parts of `arn:partition:service:region:account:resource`; `undefined` where the text is no ARN.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function parseArn(text: string): Arn | undefined {
  const found = /^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):([^\s].*)$/.exec(text)
  if (found === null) return undefined
  const [, partition = '', service = '', region = '', account = '', resource = ''] = found
  return { partition, service, region, account, resource }
}
