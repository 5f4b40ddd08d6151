import { join, posix } from 'node:path'

import type { ServiceGround } from '../ground/ground.ts'
import { makeWritable, ML_FOLDER } from './ml-folder.ts'
import { downloadObject, objectsBelow, parseS3Uri, pathBelow, uploadFolder } from './s3-files.ts'
import type { TrainingJobRequest } from './training-job.ts'

/** Where checkpoints lie unless the request says it: https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html. */
const DEFAULT_PATH = `${ML_FOLDER}/checkpoints`
/** Between two looks for new files, in milliseconds. */
const SYNC_MS = 5_000

/** Where a job sees its checkpoints. Pure. */
export function checkpointPath({ LocalPath = '' }: { readonly LocalPath?: string }): string {
  return posix.resolve('/', LocalPath === '' ? DEFAULT_PATH : LocalPath)
}

/** Copies a folder of a job's machines to S3 while they work, and back before they begin. */
export class Checkpoints {
  readonly #ground: ServiceGround
  readonly #uri: string
  readonly #path: string
  /** Of each machine; and what of it was copied. */
  readonly #folders = new Map<string, { readonly folder: string; readonly copied: Map<string, string> }>()

  constructor(config: NonNullable<TrainingJobRequest['CheckpointConfig']>, ground: ServiceGround) {
    this.#ground = ground
    this.#uri = config.S3Uri
    this.#path = checkpointPath(config)
  }

  /** Makes the folder of a machine, whose `/opt/ml` is `mlFolder`, with what is in S3. */
  async restore(host: string, mlFolder: string): Promise<void> {
    const isInside = this.#path.startsWith(`${ML_FOLDER}/`)
    const folder = isInside ? join(mlFolder, this.#path.slice(ML_FOLDER.length)) : `${mlFolder}-checkpoints`
    await makeWritable(folder)
    const { key } = this.#location()
    for (const version of objectsBelow(this.#ground.objects, this.#location())) {
      const path = pathBelow(key, version.key)
      if (path !== undefined) await downloadObject(version, folder, path)
    }
    this.#folders.set(host, { folder, copied: new Map() })
  }

  /** The folder, by where the container sees it; nothing where it lies in `/opt/ml`. */
  mount(host: string): Readonly<Record<string, string>> {
    const folder = this.#folders.get(host)?.folder
    return folder === undefined || this.#path.startsWith(`${ML_FOLDER}/`) ? {} : { [this.#path]: folder }
  }

  /** Copies what is new, again and again until `over`, and then once more. Never rejects: resolves to why it was not all copied. */
  async keep(over: AbortSignal): Promise<unknown> {
    const { clock, ending } = this.#ground
    try {
      while (!over.aborted) {
        await clock.wait(SYNC_MS, { signal: AbortSignal.any([over, ending]) }).catch(() => undefined)
        if (ending.aborted) return undefined
        await this.#copy()
      }
      return undefined
    } catch (error) {
      return error
    }
  }

  async #copy(): Promise<void> {
    const { bucket: name, key } = this.#location()
    const bucket = this.#ground.objects.bucket(name)
    if (bucket === undefined) throw new Error(`there is no bucket ${name} for the checkpoints any more`)
    for (const { folder, copied } of this.#folders.values()) {
      await uploadFolder(folder, { bucket, prefix: key, since: copied })
    }
  }

  #location(): { readonly bucket: string; readonly key: string } {
    const location = parseS3Uri(this.#uri)
    if (location === undefined) throw new Error(`${this.#uri} is no address in S3`)
    return location
  }
}
