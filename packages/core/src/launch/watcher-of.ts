import type { Clock } from '../clock.ts'
import type { JobHandle, JobService } from '../operator/job-service.ts'
import { Watcher } from '../watch/watcher.ts'

const watchers: WeakMap<object, Watcher<any>> = new WeakMap()

/** The one watcher of a service's jobs: whoever asks for it, all of them are asked about in one call. */
export function watcherOf<Handle extends JobHandle>(
  service: JobService<any, any, Handle, any>,
  options: { readonly clock: Clock; readonly random: () => number },
): Watcher<Handle> {
  const known = watchers.get(service)
  if (known !== undefined) return known
  const watcher = new Watcher<Handle>(service, options)
  watchers.set(service, watcher)
  return watcher
}
