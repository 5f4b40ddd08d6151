import { BLOB_TEST_KEY } from './blob/shared-key.ts'
import type { SimulatorName } from './simulator-name.ts'

/** The name of the account, project or key that the variables name: any other will do. */
const NAME = 'simulator'
/** Of AWS. Requests may be signed for any other. */
const REGION = 'us-east-1'

/** By provider: what leads its official SDKs to an endpoint, by the variables that they read, with credentials that open nothing else. */
export const ENVIRONMENTS: Readonly<Record<SimulatorName, (endpoint: string) => Readonly<Record<string, string>>>> = {
  aws: (endpoint) => ({
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    // What boto3 and the command line of AWS read.
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: NAME,
    AWS_SECRET_ACCESS_KEY: NAME,
  }),
  gcp: (endpoint) => ({ STORAGE_EMULATOR_HOST: endpoint, GOOGLE_CLOUD_PROJECT: NAME }),
  azure: (endpoint) => ({
    AZURE_STORAGE_CONNECTION_STRING: [
      'DefaultEndpointsProtocol=http',
      `AccountName=${NAME}`,
      `AccountKey=${BLOB_TEST_KEY}`,
      `BlobEndpoint=${endpoint}/${NAME}`,
    ].join(';'),
  }),
}
