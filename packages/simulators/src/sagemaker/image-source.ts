import type { RegistryLogin } from '../jobs/job.ts'
import { RegistryReader } from '../jobs/processes/registry-reader.ts'
import { messageOf } from '../jobs/message-of.ts'
import { validationError } from './sagemaker-errors.ts'

/** An image by its digest, and who pulls it. */
export interface SourcedImage {
  readonly image: string
  readonly login?: RegistryLogin
}

/** The login of SageMaker's own for a registry. `undefined`: it needs none. */
export type RegistryLogins = (host: string) => RegistryLogin | undefined

const REFERENCE = /^([^/@\s]+)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/
/** `123456789012.dkr.ecr.eu-west-1.amazonaws.com`. */
const ECR_HOST = /^\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/

/**
 * Finds the image of a request as SageMaker does at its creation: a tag becomes a digest. A registry on this machine stands for ECR. Throws
 * what SageMaker answers where the reference, the repository or the image is none.
 */
export async function findImage(
  reference: string,
  { role, logins, signal }: { readonly role: string; readonly logins: RegistryLogins; readonly signal: AbortSignal },
): Promise<SourcedImage> {
  const [, host = '', repository = '', tag = 'latest', digest] = REFERENCE.exec(reference) ?? []
  if (host === '') throw validationError(`Cannot find the requested image: ${reference}`)
  if (ECR_HOST.test(host)) {
    throw validationError(
      `The simulator cannot reach ${host}: push the image to the simulator's own registry, or to one on 127.0.0.1, and name it so.`,
    )
  }
  if (!LOOPBACK.test(host)) {
    throw validationError(
      'TrainingImageConfig with TrainingRepositoryAccessMode set to VPC must be provided when using a training image from a private ' +
        'Docker registry. Please provide TrainingImageConfig and TrainingRepositoryAccessMode set to VPC when using a training image ' +
        'from a private Docker registry.',
    )
  }
  const login = logins(host)
  const found = await digestOf(digest ?? tag)
  return { image: `${host}/${repository}@${found}`, ...(login === undefined ? {} : { login }) }

  async function digestOf(name: string): Promise<string> {
    try {
      return await new RegistryReader({ host, repository }, signal, login).digestOf(name)
    } catch (error) {
      throw validationError(
        `Cannot find repository: ${repository} in registry ID: ${host} Please check if your ECR repository exists and role ${role} has ` +
          'proper pull permissions for SageMaker: ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer ' +
          `(${messageOf(error)})`,
      )
    }
  }
}
