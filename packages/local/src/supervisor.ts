import { supervise } from './supervisor/supervise.ts'

/**
 * The process that answers for one local job: `node supervisor.js <job folder>`. Its working directory, its log and
 * its environment are prepared by `submit`.
 */
const [, , folder] = process.argv
if (folder === undefined) {
  console.error("sidestep: the supervisor of a job is started with the job's folder")
  process.exit(2)
}
await supervise(folder)
// Nothing is left to do; a pipe that an unkillable process holds must not keep this one.
process.exit(0)
