import type { JobHandle, Observation, SubmitOptions } from '@sidestep/core'

import { jobServiceOf } from './job-service-of.ts'
import { replace } from './other-launch.ts'
import type { Opened } from './subject.ts'

/** Sees to it that a run is stopped at a certain time: calls `stop` then, once or more. */
export type StopAt = (opened: Opened, stop: () => void) => void

/** Times that only operators over a service have, by what they are called in findings. */
export const EARLY_STOPS: Readonly<Record<string, StopAt>> = {
  'a run that is stopped while its create is under way': ({ operator }, stop) => {
    const service = jobServiceOf(operator)
    if (service === undefined) return
    const { submit } = service
    replace(service, 'submit', async (request: object, options: SubmitOptions) => {
      const handle: Promise<JobHandle> = Reflect.apply(submit, service, [request, options])
      stop()
      return handle
    })
  },
  'a run that is stopped when its job is seen for the first time': ({ operator }, stop) => {
    const service = jobServiceOf(operator)
    if (service === undefined) return
    const { observe } = service
    replace(service, 'observe', async (...input: Parameters<typeof observe>) => {
      const seen: ReadonlyMap<string, Observation> = await Reflect.apply(observe, service, input)
      if (seen.size > 0) stop()
      return seen
    })
  },
}
