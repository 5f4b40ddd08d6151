import { pipeline } from '@sidestep/core'

import type { MatrixInput, MatrixResult } from './numbers.ts'
import { breaks, extra, flaky, joined, left, numbers, right, slowQueue, slowRun, slowTotal, total } from './steps.ts'
import { VERSION } from './version.ts'

export { stacks } from './stacks.ts'

const SLOW = { queue: slowQueue, run: slowRun, total: slowTotal }

/** Steps in this process, jobs beside each other, a command, and a job after them. */
export default pipeline('matrix', async (input: MatrixInput): Promise<MatrixResult> => {
  const job = await numbers(input)
  const [l, { sum: r }, e, f] = await Promise.all([
    left(job),
    right({ job }),
    input.extra === true && VERSION === 1 ? extra(job) : undefined,
    input.flaky === undefined ? undefined : flaky({ job, failing: input.flaky }),
    input.breaks === true ? breaks(job) : undefined,
    input.budget === undefined ? undefined : SLOW[input.budget](job),
  ])
  const j = await joined({ job, left: l, right: r })
  const all = [j, e, f].filter((part) => part !== undefined)
  const sum = await total({ folder: input.folder, all })
  return {
    left: await l.value(),
    right: await r.value(),
    joined: await j.value(),
    ...(e === undefined ? {} : { extra: await e.value() }),
    ...(f === undefined ? {} : { flaky: await f.value() }),
    total: await sum.value(),
  }
})
