// Files, for programs that must start without the rest of core: the supervisor of a local job.
export { createFile, replaceFile, type AtomicWriteOptions, type Content } from './atomic-file.ts'
export { codeOf } from './errors.ts'
export { linkOrCopy } from './link-or-copy.ts'
export { readIfThere } from './read-if-there.ts'
