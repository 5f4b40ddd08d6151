import type { JobService, JobToPrepare } from '../operator/job-service.ts'

/** A job as its request is made from it, less what is read here. */
export type JobOf<Settings, Facts> = Omit<JobToPrepare<Settings, Facts>, 'settings' | 'facts'>

/** The exact request of a job. Reads what it depends on, and creates nothing. */
export async function prepareRequest<Settings extends object, Request extends object, Facts>(
  job: JobOf<Settings, Facts>,
  {
    service,
    flavor,
    signal,
    warn,
  }: {
    readonly service: JobService<Settings, Request, any, Facts>
    readonly flavor: string
    readonly signal: AbortSignal
    readonly warn?: (message: string) => void
  },
): Promise<Request> {
  const facts = await service.facts(job.info, { signal, ...(warn === undefined ? {} : { warn }) })
  const settings = (job.info.config.settings[`step_operator.${flavor}`] ?? {}) as Settings
  return service.prepare({ ...job, settings, facts })
}
