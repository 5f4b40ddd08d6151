import { fileURLToPath } from 'node:url'

/**
 * Absolute path of the file that called `callee`, or `undefined` where the stack does not tell (code from a string).
 */
export function fileThatCalled(callee: (...input: never[]) => unknown): string | undefined {
  const { prepareStackTrace } = Error
  const holder: { stack?: readonly NodeJS.CallSite[] } = {}
  try {
    Error.prepareStackTrace = (_error, callSites): readonly NodeJS.CallSite[] => callSites
    Error.captureStackTrace(holder, callee)
    const file = holder.stack?.[0]?.getFileName() ?? undefined
    return file?.startsWith('file:') === true ? fileURLToPath(file) : file
  } finally {
    Error.prepareStackTrace = prepareStackTrace
  }
}
