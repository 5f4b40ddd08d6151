// Files, for programs that must start without the rest of core, as the supervisor of a local job, and for packages that
// keep caches: what they hash, and what only one of many processes makes.
export { createFile, replaceFile, type AtomicWriteOptions, type Content } from './atomic-file.ts'
export { canonicalJson, fingerprint, sha256 } from './canonical.ts'
export { makeOnce } from './make-once.ts'
export { codeOf, configError, messageOf } from './errors.ts'
export { linkOrCopy } from './link-or-copy.ts'
export { readIfThere } from './read-if-there.ts'
