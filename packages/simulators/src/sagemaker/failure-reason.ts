import type { JobEnd } from '../jobs/job.ts'

/** `FailureReason` has as much at most: its shape in the model. */
const MAX_CHARACTERS = 1024

/** What SageMaker says where its own part broke. */
export const INTERNAL_ERROR = 'InternalServerError: We encountered an internal error. Please try again.'
/** And where it found no machine. */
export const NO_CAPACITY =
  'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.'

/** Why a machine's end is a failure. `undefined`: it is none. `failure`: what the job left in `/opt/ml/output/failure`. Pure. */
export function failureReasonOf(end: JobEnd, failure: string): string | undefined {
  const { exitCode, outOfMemory, startError, lostError } = end
  if (startError !== undefined) return cut(startReason(startError))
  if (outOfMemory) return cut(`${OUT_OF_MEMORY}, exit code: ${exitCode ?? 137}`)
  if (exitCode === null) return cut(`${INTERNAL_ERROR} (${lostError ?? 'the end of the container was not seen'})`)
  return exitCode === 0 ? undefined : cut(`AlgorithmError: ${failure}`, `, exit code: ${exitCode}`)
}

const OUT_OF_MEMORY =
  'ClientError: Please use an instance type with more memory, or reduce the size of training data processed on an instance.'

/** The service names no cause; the simulator does, behind it. */
function startReason(startError: string): string {
  if (/^the (?:engine cannot pull|registry|layer)|^GET |is damaged|is no image|is not made for/.test(startError)) {
    return `ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect. (${startError})`
  }
  return (
    "AlgorithmError: CannotStartContainerError. Please make sure the container can be run with 'docker run <image> train'. " +
    `(${startError})`
  )
}

/** What is behind stays whole. */
function cut(text: string, end: string = ''): string {
  return [...text].slice(0, MAX_CHARACTERS - end.length).join('') + end
}
