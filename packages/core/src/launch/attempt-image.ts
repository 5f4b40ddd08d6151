import { decodeJson } from '../artifact/json-object.ts'
import { specKey, type AttemptKey } from '../artifact/layout.ts'
import type { JobSpec } from '../entrypoint/job-spec.ts'
import { SidestepError } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { BuiltImage } from '../image/image-builder.ts'
import type { AttemptState } from '../journal/attempt-record.ts'
import { launchError } from './launch-error.ts'
import type { StepRunLaunch } from './step-run-launch.ts'
import { throwIfTakenOver } from './stop-request.ts'

/**
 * The image of an attempt: the one that an earlier launcher has prepared it with, else one that is built now. `undefined`
 * where its operator needs none.
 */
export async function imageOf(
  launch: StepRunLaunch,
  key: AttemptKey,
  state: AttemptState,
): Promise<BuiltImage | undefined> {
  const { buildImage, observer, store } = launch
  if (buildImage === undefined) return undefined
  const isPrepared = state.intent !== undefined || state.creates.length > 0
  const image = isPrepared ? await preparedImage(key, store) : await built(key, buildImage, launch)
  if (image !== undefined) observer.report(key, { type: 'image', image: image.image })
  return image
}

async function built(
  key: AttemptKey,
  build: NonNullable<StepRunLaunch['buildImage']>,
  { signal, observer }: StepRunLaunch,
): Promise<BuiltImage> {
  const report = (line: string): void => observer.report(key, { type: 'image-line', line })
  try {
    return await atPoint('1.image', key, () => build(report))
  } catch (error) {
    throwIfTakenOver(signal)
    // Whatever a build makes of being aborted: it was stopped.
    if (!signal.aborted) throw error
    throw launchError('stopped', 'stopped while its image was built', { cause: error })
  }
}

/** Of the spec, which is written before the intent: an attempt without it cannot go on with what it was begun with. */
async function preparedImage(key: AttemptKey, store: StepRunLaunch['store']): Promise<BuiltImage | undefined> {
  const where = `${store.uri}/${specKey(key)}`
  const bytes = await store.get(specKey(key))
  if (bytes !== undefined) return (decodeJson(bytes, where) as Partial<JobSpec>).image
  throw new SidestepError(`${where} is not there, and the attempt was begun with it`, {
    code: 'ARTIFACT_CORRUPT',
    kind: 'infra',
    hint: 'Something else removed it. Start a new run.',
  })
}
