import { modelledError } from './sagemaker-errors.ts'
import type { Tag } from './training-job.ts'

/** A resource has so many at most. */
const MAX_TAGS = 50

/** The tags of jobs, by ARN. */
export class TagStore {
  readonly #tags = new Map<string, readonly Tag[]>()

  /** Of a resource that has none: none. */
  of(arn: string): readonly Tag[] {
    return this.#tags.get(arn) ?? []
  }

  /** Adds tags; of one that is there, the value is another one now. Throws where there would be too many. */
  add(arn: string, tags: readonly Tag[]): readonly Tag[] {
    const all = new Map([...this.of(arn), ...tags].map((tag) => [tag.Key, tag]))
    if (all.size > MAX_TAGS) {
      throw modelledError(
        'ResourceLimitExceeded',
        `The number of tags of a resource cannot be more than ${MAX_TAGS}: it would be ${all.size}.`,
      )
    }
    this.#tags.set(arn, [...all.values()])
    return this.of(arn)
  }

  /** Removes those that are there. */
  remove(arn: string, keys: readonly string[]): void {
    this.#tags.set(
      arn,
      this.of(arn).filter(({ Key }) => !keys.includes(Key)),
    )
  }

  /** Of a resource that is gone. */
  forget(arn: string): void {
    this.#tags.delete(arn)
  }
}
