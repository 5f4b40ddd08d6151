import { identifyProcess, thisMachine } from '@sidestep/core/process'

import { createJson } from '../files/json-file.ts'
import { clockOfThisProcess } from '../job/job-clock.ts'
import type { JobFolder } from '../job/job-folder.ts'
import type { JobRecord } from '../job/job-record.ts'
import type { RequestFile } from '../job/job-request.ts'

/**
 * Makes this process the supervisor of the job; `false` where another one is. However many are started for a token,
 * there is one job.
 */
export async function claimJob(folder: JobFolder, file: RequestFile, nonce: string): Promise<boolean> {
  const { pidNamespace } = thisMachine()
  const record: JobRecord = {
    labels: file.labels,
    fingerprint: file.fingerprint,
    nonce,
    supervisor: identifyProcess(),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    ...clockOfThisProcess(),
  }
  return createJson(folder.job, record)
}
