import { judgeOwner, lastHeardOf, type Owner } from '../journal/owner.ts'
import { thisMachine } from '../machine.ts'
import type { RunOwner } from './run-summary.ts'

/** An owner as it is shown, judged from here and now. */
export function describeOwner(owner: Owner, now: Date): RunOwner {
  const { n, machine, process, at } = owner.record
  return {
    n,
    host: machine.host,
    pid: process.pid,
    at,
    ...(owner.lease === undefined ? {} : { lastHeardAt: lastHeardOf(owner).toISOString() }),
    state: judgeOwner(owner, { machine: thisMachine(), now }),
  }
}
