import { awsServices } from './aws-services.ts'
import { BlobService } from './blob/blob-service.ts'
import { GcsService } from './gcs/gcs-service.ts'
import type { ServiceGround } from './ground/ground.ts'
import type { ProviderServices } from './ground/service.ts'
import type { SimulatorName } from './simulator-name.ts'

/** Which services a provider has. A request goes to the first that has an operation for it: one that takes any path comes last. */
export const PROVIDERS: Readonly<Record<SimulatorName, (ground: ServiceGround) => Promise<ProviderServices>>> = {
  aws: awsServices,
  gcp: async ({ objects }) => ({ services: [new GcsService(objects)] }),
  azure: async ({ objects }) => ({ services: [new BlobService(objects)] }),
}
