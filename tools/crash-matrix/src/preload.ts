// Loaded into a launcher with `node --import preload.ts?<path of the orders>`: nothing of it reaches a job.
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync, readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

import type { LaunchEvent } from '@sidestep/core'

import { ACT_MARK, type Act, type Orders } from './orders.ts'

/** Shifts what this process takes for the time. What it measures durations by goes on as before. */
function shiftClock(hours: number): void {
  const RealDate = Date
  const shiftMs = hours * 3_600_000
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given, self) =>
      Reflect.construct(target, given.length === 0 ? [target.now() + shiftMs] : given, self) as object,
    get: (target, name) => (name === 'now' ? () => target.now() + shiftMs : (Reflect.get(target, name) as unknown)),
  })
}

function obey({ orders, log, clockHours = 0, shiftHours = 0 }: Orders): void {
  if (clockHours !== 0) shiftClock(clockHours)
  const times = new Map<string, number>()
  const count = (name: string): number => {
    const time = (times.get(name) ?? 0) + 1
    times.set(name, time)
    return time
  }
  const acts: Readonly<Record<Act, () => void>> = {
    SIGKILL: () => process.kill(process.pid, 'SIGKILL'),
    SIGSTOP: () => process.kill(process.pid, 'SIGSTOP'),
    SIGINT: () => process.kill(process.pid, 'SIGINT'),
    'shift-clock': () => shiftClock(shiftHours),
  }
  subscribe('sidestep:launch', (message) => {
    const { point, stepRunId, attempt } = message as LaunchEvent
    appendFileSync(log, `${point} ${stepRunId} ${attempt}\n`)
    const ofPoint = count(point)
    const ofAny = count('any')
    for (const order of orders) {
      if (order.point === undefined ? order.time !== ofAny : order.point !== point || order.time !== ofPoint) continue
      appendFileSync(log, `${ACT_MARK}${order.act} ${point}\n`)
      acts[order.act]()
    }
  })
}

if (isMainThread) {
  const path = decodeURIComponent(new URL(import.meta.url).search.slice(1))
  obey(JSON.parse(readFileSync(path, 'utf8')) as Orders)
}
