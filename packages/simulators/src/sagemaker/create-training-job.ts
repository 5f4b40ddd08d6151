import type { AwsJsonCall } from '../aws-json/aws-json-call.ts'
import { commandOf } from './attempt.ts'
import { checkCreate } from './create-rules.ts'
import { findImage } from './image-source.ts'
import { JobLife } from './job-life.ts'
import { firstPhase, JobRecord } from './job-record.ts'
import { nameInUse } from './sagemaker-errors.ts'
import type { SagemakerState } from './sagemaker-state.ts'
import { arnOf, type TrainingJob, type TrainingJobRequest } from './training-job.ts'

/** Creates a job, which begins at once. */
export async function createTrainingJob(
  call: AwsJsonCall<TrainingJobRequest>,
  state: SagemakerState,
): Promise<unknown> {
  const { request, region, exchange } = call
  const { ground, jobs, logins, bucketRegion } = state
  const { TrainingJobName: name, RoleArn: role } = request
  const arn = arnOf(region, name)
  // Before the rest: what can be refused for a job that exists already says so.
  if (jobs.find(region, name) !== undefined) throw nameInUse(arn)
  checkCreate(request, { objects: ground.objects, bucketRegion, region })
  const image = await findImage(request.AlgorithmSpecification?.TrainingImage ?? '', {
    role,
    logins,
    signal: ground.ending,
  })
  const faults = ground.faults.takeForJob({ operation: 'sagemaker.CreateTrainingJob', path: exchange.call.path })
  try {
    await exchange.effect(() => {
      // Another create may have come first while the image was looked for.
      if (jobs.find(region, name) !== undefined) throw nameInUse(arn)
      const now = ground.clock.now()
      const job: TrainingJob = { name, region, arn, request, createdAt: now, modifiedAt: now, ...firstPhase(now) }
      jobs.put(job)
      state.tags.add(arn, request.Tags ?? [])
      const isWarm = state.pools.take(job)
      const { AlgorithmSpecification: algorithm } = request
      const entry = ground.jobs.add({
        service: 'sagemaker',
        name,
        image: algorithm?.TrainingImage ?? '',
        command: commandOf(algorithm ?? {}).command,
      })
      const life = new JobLife(new JobRecord(job, jobs, ground.clock), {
        ground,
        logs: state.logs,
        image,
        isWarm,
        faults,
        entry,
      })
      state.lives.set(arn, life)
      void life.ended
        .then(
          () => state.pools.keep(jobs.get(region, name)),
          (error: unknown) => state.broken.push(error),
        )
        .finally(() => state.lives.delete(arn))
    })
  } catch (error) {
    for (const fault of faults) ground.faults.giveBack(fault)
    throw error
  }
  return { TrainingJobArn: arn }
}
