import { jobClientConfig, type AwsClientConfig } from '../aws/aws-client-config.ts'
import { S3Store } from './s3-store.ts'

/** The store in a job: with the job's own role. */
export class JobS3Store extends S3Store {
  protected override async clientConfig(): Promise<AwsClientConfig> {
    return jobClientConfig(this.config)
  }
}
