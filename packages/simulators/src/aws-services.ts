import { LogStore } from './cloudwatch-logs/log-store.ts'
import { logsService } from './cloudwatch-logs/logs-service.ts'
import { startEcrRegistry } from './ecr/ecr-registry.ts'
import { ecrService } from './ecr/ecr-service.ts'
import type { ServiceGround } from './ground/ground.ts'
import type { ProviderServices } from './ground/service.ts'
import { S3Service } from './s3/s3-service.ts'
import { sagemakerService } from './sagemaker/sagemaker-service.ts'
import { secretsManagerService } from './secrets-manager/secrets-manager-service.ts'
import { ssmService } from './ssm/ssm-service.ts'
import { StsService } from './sts/sts-service.ts'

/**
 * The services of AWS. They share an endpoint: what has `x-amz-target` is told by that, STS by its forms, and all other
 * paths are S3's. It comes first, so that
 * it answers what no service knows.
 */
export async function awsServices(ground: ServiceGround): Promise<ProviderServices> {
  const s3 = new S3Service(ground.objects)
  const registry = await startEcrRegistry(ground.clock)
  const logins = (host: string) => (host === registry.host ? registry.serviceLogin : undefined)
  const logs = new LogStore({ clock: ground.clock, delayMs: ground.logDelayMs })
  const services = [
    s3,
    sagemakerService({ ground, logs, bucketRegion: (bucket) => s3.regionOf(bucket), logins }),
    logsService({ logs, clock: ground.clock }),
    new StsService(),
    secretsManagerService(ground.clock),
    ssmService(),
    ecrService(registry, ground.clock),
  ]
  return { services, registry: registry.host }
}
