import type { ComponentFinding, DiagnoseOptions } from '@sidestep/core'

import { clientConfig, type AwsClientConfig } from '../aws/client-config.ts'
import { S3Store } from './s3-store.ts'

/** The store in a launcher. */
export class S3ArtifactStore extends S3Store {
  protected override async clientConfig(): Promise<AwsClientConfig> {
    return clientConfig(this.config)
  }

  /** Loaded where it is asked for: no run needs it. */
  override async diagnose(options: DiagnoseOptions): Promise<readonly ComponentFinding[]> {
    const { diagnoseS3 } = await import('./diagnose-s3.ts')
    return diagnoseS3(this, await this.connect(), options)
  }
}
