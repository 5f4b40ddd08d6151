import { delimiter, join } from 'node:path'

import type { JobFolder } from '../job/job-folder.ts'
import type { RequestFile } from '../job/job-request.ts'
import { FOLDER_VARIABLE, TOKEN_VARIABLE } from '../job/job-variables.ts'
import type { CreateCall } from './create-call.ts'

/** File descriptor on which the command sees its supervisor's end. */
export const PARENT_FD = 3

/** All that a job gets of the machine's environment: what programs need to run, find the network, and print. */
const INHERITED =
  /^(PATH|HOME|TMPDIR|LANG|LC_\w+|TZ|((https?|all|no)_proxy|HTTPS?_PROXY|ALL_PROXY|NO_PROXY|NODE_USE_ENV_PROXY)|(NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_FILE|SSL_CERT_DIR|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE))$/

/** The variables of a job that come from the machine that it runs on. */
export function inheritedVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      INHERITED.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  )
}

/** Everything that the command finds in its environment. Later ones win: the step's own, secrets, Sidestep's. */
export function jobEnvironment(
  folder: JobFolder,
  { request, labels }: RequestFile,
  { nonce, secrets }: CreateCall,
  machine: NodeJS.ProcessEnv,
): Record<string, string> {
  const inherited = inheritedVariables(machine)
  const path = [folder.bin, join(folder.nodeModules, '.bin'), inherited['PATH']].filter((part) => part !== undefined)
  return {
    ...inherited,
    PATH: path.join(delimiter),
    ...request.environment,
    ...secrets,
    SIDESTEP_NONCE: nonce,
    SIDESTEP_PARENT_FD: String(PARENT_FD),
    SIDESTEP_SIGNALS_GROUP: '1',
    [FOLDER_VARIABLE]: folder.path,
    [TOKEN_VARIABLE]: labels.token,
  }
}
