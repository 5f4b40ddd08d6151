import { pageOf } from '../ground/pages.ts'
import type { Bucket, ObjectStore } from '../objects/object-store.ts'
import { bucketNotFound, conflict, invalid, notImplemented, required } from './gcs-error.ts'
import type { GcsCall } from './gcs-call.ts'
import { hostOf, readJson, sendJson } from './json.ts'
import { checkBucketName } from './names.ts'
import { checkStorageClass, DEFAULT_STORAGE_CLASS } from './object-fields.ts'
import { pageOrInvalid } from './object-list.ts'
import { pageSizeParameter, textParameter } from './parameters.ts'
import {
  checkBeforeChange,
  checkBeforeRead,
  checkEtags,
  readEtags,
  readPreconditions,
  type GcsVersion,
} from './preconditions.ts'
import { timeOf } from './resources.ts'

/** What a bucket has beside its objects. */
interface BucketRecord {
  readonly settings: Readonly<Record<string, unknown>>
  readonly metageneration: number
  /** By the simulator's clock, in milliseconds since 1970. */
  readonly updatedAt: number
}

/** What may be set of a bucket. Another setting would do something here that it does not do. */
const SETTINGS = ['labels', 'storageClass', 'iamConfiguration']
/** What can be said once, with a new bucket. */
const FIRST_SETTINGS = ['name', 'location']

/** Buckets of Cloud Storage. Those that another service made are here too. */
export class GcsBuckets {
  readonly #store: ObjectStore
  readonly #records = new WeakMap<Bucket, BucketRecord>()

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /** Throws a 404. */
  get(name: string): Bucket {
    const bucket = this.#store.bucket(name)
    if (bucket === undefined) throw bucketNotFound()
    return bucket
  }

  /** Of an object that does not say its own. */
  storageClassOf(bucket: Bucket): string {
    const { storageClass = DEFAULT_STORAGE_CLASS } = this.#record(bucket).settings
    return String(storageClass)
  }

  async insert({ exchange, query }: GcsCall): Promise<void> {
    if (textParameter(query, 'project') === undefined) throw required('project')
    const resource = await readJson(exchange)
    const { name, location = 'US' } = resource
    if (typeof name !== 'string') throw invalid('A bucket needs a name.')
    if (typeof location !== 'string') throw invalid('Invalid value for location')
    checkBucketName(name)
    const settings = readSettings(resource, FIRST_SETTINGS)
    if (this.#store.bucket(name) !== undefined) {
      throw conflict('Your previous request to create the named bucket succeeded and you already own it.')
    }
    const bucket = this.#store.createBucket(name)
    this.#change(bucket, { ...settings, location: location.toUpperCase() }, exchange.clock.now(), 1)
    sendJson(exchange, this.#resource(bucket, hostOf(exchange)))
  }

  list({ exchange, query }: GcsCall): void {
    if (textParameter(query, 'project') === undefined) throw required('project')
    const prefix = query.get('prefix') ?? ''
    const buckets = this.#store.buckets().filter(({ name }) => name.startsWith(prefix))
    const page = pageOrInvalid(() =>
      pageOf(buckets, {
        size: pageSizeParameter(query),
        token: textParameter(query, 'pageToken'),
        list: `buckets ${prefix}`,
        keyOf: ({ name }) => name,
      }),
    )
    sendJson(exchange, {
      kind: 'storage#buckets',
      ...(page.items.length > 0 && { items: page.items.map((bucket) => this.#resource(bucket, hostOf(exchange))) }),
      ...(page.next !== undefined && { nextPageToken: page.next }),
    })
  }

  read({ exchange, route, query }: GcsCall): void {
    const bucket = this.get(route.bucket)
    checkBeforeRead(readPreconditions(query), this.#versionOf(bucket))
    checkEtags(readEtags(exchange), etagOf(this.#record(bucket)))
    sendJson(exchange, this.#resource(bucket, hostOf(exchange)))
  }

  /** Changes what is said, or everything. */
  async change({ exchange, route, query }: GcsCall): Promise<void> {
    const resource = await readJson(exchange)
    const bucket = this.get(route.bucket)
    checkBeforeChange(readPreconditions(query), this.#versionOf(bucket))
    const { settings, metageneration } = this.#record(bucket)
    const kept = route.operation === 'buckets.patch' ? settings : { location: settings['location'] }
    const changed = { ...kept, ...readSettings(resource, []) }
    this.#change(bucket, changed, exchange.clock.now(), metageneration + 1)
    sendJson(exchange, this.#resource(bucket, hostOf(exchange)))
  }

  delete({ exchange, route, query }: GcsCall): void {
    const bucket = this.get(route.bucket)
    checkBeforeChange(readPreconditions(query), this.#versionOf(bucket))
    if (!bucket.isEmpty) throw conflict('The bucket you tried to delete is not empty.')
    this.#store.deleteBucket(bucket.name)
    exchange.send(204)
  }

  #record(bucket: Bucket): BucketRecord {
    const made = { settings: { location: 'US' }, metageneration: 1, updatedAt: bucket.createdAt }
    return this.#records.get(bucket) ?? made
  }

  #change(bucket: Bucket, settings: BucketRecord['settings'], updatedAt: number, metageneration: number): void {
    this.#records.set(bucket, { settings, metageneration, updatedAt })
  }

  /** Buckets have no generations to be asked for. */
  #versionOf(bucket: Bucket): GcsVersion {
    return { generation: 0, metageneration: this.#record(bucket).metageneration }
  }

  #resource(bucket: Bucket, host: string): Readonly<Record<string, unknown>> {
    const { settings, metageneration, updatedAt } = this.#record(bucket)
    return {
      kind: 'storage#bucket',
      id: bucket.name,
      selfLink: `http://${host}/storage/v1/b/${encodeURIComponent(bucket.name)}`,
      name: bucket.name,
      metageneration: `${metageneration}`,
      storageClass: DEFAULT_STORAGE_CLASS,
      ...settings,
      etag: etagOf({ metageneration }),
      timeCreated: timeOf(bucket.createdAt),
      updated: timeOf(updatedAt),
    }
  }
}

function etagOf({ metageneration }: Pick<BucketRecord, 'metageneration'>): string {
  return Buffer.from(`bucket ${metageneration}`).toString('base64')
}

function readSettings(
  resource: Readonly<Record<string, unknown>>,
  others: readonly string[],
): Readonly<Record<string, unknown>> {
  const given = Object.entries(resource).filter(([, value]) => value !== null && value !== undefined)
  const unknown = given.find(([name]) => !SETTINGS.includes(name) && !others.includes(name))
  if (unknown !== undefined) throw notImplemented(`the bucket setting ${unknown[0]}`)
  const { storageClass } = resource
  if (storageClass !== undefined && storageClass !== null) checkStorageClass(storageClass)
  return Object.fromEntries(given.filter(([name]) => SETTINGS.includes(name)))
}
