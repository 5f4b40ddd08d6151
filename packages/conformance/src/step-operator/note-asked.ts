import { replace } from './other-launch.ts'
import type { AnyJobService } from './job-service-of.ts'

/** What was asked of a service, in order. */
export interface Asked {
  /** Ids of the jobs that were to be cancelled, as often as they were. */
  readonly cancelled: readonly string[]
  /** How often the provider's log was asked for. */
  readonly logs: number
}

/** Notes what is asked of a service from now on. */
export function noteAsked(service: AnyJobService): Asked {
  const asked = { cancelled: [] as string[], logs: 0 }
  const { cancel, logs } = service
  replace(service, 'cancel', async (...input: Parameters<AnyJobService['cancel']>) => {
    asked.cancelled.push(input[0].id)
    return Reflect.apply(cancel, service, input)
  })
  replace(service, 'logs', async (...input: Parameters<AnyJobService['logs']>) => {
    asked.logs += 1
    return Reflect.apply(logs, service, input)
  })
  return asked
}
