import type { GcsBuckets } from './buckets.ts'
import type { GcsCall } from './gcs-call.ts'
import { invalid } from './gcs-error.ts'
import { hostOf, readJson, sendJson } from './json.ts'
import { checkObjectName } from './names.ts'
import { patchObjectFields, readObjectFields, type ObjectFields } from './object-fields.ts'
import { listPage, readListQuery } from './object-list.ts'
import { booleanParameter, integerParameter } from './parameters.ts'
import {
  checkBeforeChange,
  checkBeforeRead,
  checkEtags,
  NO_PRECONDITIONS,
  readEtags,
  readPreconditions,
} from './preconditions.ts'
import { objectResource } from './resources.ts'
import { changeObject, checkHold, generationParameter, getObject, putObject, StoredObject } from './stored-object.ts'

const MAX_COMPONENTS = 32

/** What is done with objects that are there. */
export class GcsObjects {
  readonly #buckets: GcsBuckets

  constructor(buckets: GcsBuckets) {
    this.#buckets = buckets
  }

  async list({ exchange, route, query }: GcsCall): Promise<void> {
    const bucket = this.#buckets.get(route.bucket)
    const list = readListQuery(query)
    // Of all versions of an object there is one: no bucket here keeps others.
    booleanParameter(query, 'versions')
    const page = listPage(bucket.list(list.prefix, { staleMs: exchange.staleMs() }), list)
    const base = { host: hostOf(exchange) }
    const items: unknown[] = []
    for (const version of page.versions) items.push(await objectResource(bucket, new StoredObject(version), base))
    sendJson(exchange, {
      kind: 'storage#objects',
      ...(page.next !== undefined && { nextPageToken: page.next }),
      ...(page.prefixes.length > 0 && { prefixes: page.prefixes }),
      ...(items.length > 0 && { items }),
    })
  }

  async read({ exchange, route, query }: GcsCall): Promise<void> {
    const bucket = this.#buckets.get(route.bucket)
    const object = getObject(bucket, route.object, generationParameter(query))
    checkBeforeRead(readPreconditions(query), object)
    checkEtags(readEtags(exchange), object.etag)
    sendJson(exchange, await objectResource(bucket, object, { host: hostOf(exchange) }))
  }

  /** Changes what is said of the metadata, or all of it. The bytes and their generation stay. */
  async change({ exchange, route, query }: GcsCall): Promise<void> {
    const patch = await readJson(exchange)
    const bucket = this.#buckets.get(route.bucket)
    const preconditions = readPreconditions(query)
    const object = getObject(bucket, route.object, generationParameter(query))
    checkBeforeChange(preconditions, object)
    const fields = route.operation === 'objects.patch' ? object.fields : {}
    const changed = await changeObject(bucket, object, patchObjectFields(fields, patch), preconditions)
    sendJson(exchange, await objectResource(bucket, changed, { host: hostOf(exchange) }))
  }

  delete({ exchange, route, query }: GcsCall): void {
    const bucket = this.#buckets.get(route.bucket)
    const object = getObject(bucket, route.object, generationParameter(query))
    checkBeforeChange(readPreconditions(query), object)
    checkHold(bucket, object)
    bucket.delete(route.object)
    exchange.send(204)
  }

  async compose({ exchange, route, query }: GcsCall): Promise<void> {
    const { sourceObjects = [], destination = {} } = await readJson(exchange)
    const bucket = this.#buckets.get(route.bucket)
    checkObjectName(route.object)
    const sources = readSources(sourceObjects).map(({ name, generation, ifGenerationMatch }) => {
      const source = getObject(bucket, name, generation)
      checkBeforeChange({ ...NO_PRECONDITIONS, generationMatch: ifGenerationMatch }, source)
      return source
    })
    const record = {
      fields: readObjectFields(objectOf(destination, 'destination')),
      storageClass: this.#buckets.storageClassOf(bucket),
      componentCount: sources.reduce((sum, { componentCount = 1 }) => sum + componentCount, 0),
    }
    const parts = sources.map(({ version }) => version)
    const composed = await putObject(bucket, route.object, parts, record, readPreconditions(query))
    sendJson(exchange, await objectResource(bucket, composed, { host: hostOf(exchange) }))
  }

  /** A rewrite is done in one call here, whatever the size: as it is within a location and storage class. */
  async copy({ exchange, route, query }: GcsCall): Promise<void> {
    const resource = readObjectFields(await readJson(exchange))
    const source = this.#buckets.get(route.bucket)
    const target = this.#buckets.get(route.targetBucket)
    checkObjectName(route.targetObject)
    const object = getObject(source, route.object, integerParameter(query, 'sourceGeneration'))
    checkBeforeChange(readPreconditions(query, 'ifSource'), object)
    const fields = copiedFields(object.fields, resource)
    const record = { ...object.copied(fields), storageClass: this.#buckets.storageClassOf(target) }
    const parts = [object.version]
    const copied = await putObject(target, route.targetObject, parts, record, readPreconditions(query))
    const answer = await objectResource(target, copied, { host: hostOf(exchange) })
    if (route.operation === 'objects.copy') {
      sendJson(exchange, answer)
      return
    }
    const size = `${copied.version.size}`
    const rewritten = { totalBytesRewritten: size, objectSize: size, done: true, resource: answer }
    sendJson(exchange, { kind: 'storage#rewriteResponse', ...rewritten })
  }
}

/** Metadata that the request gives replaces all of the source's; none is copied beside it. */
function copiedFields(source: ObjectFields, given: ObjectFields): ObjectFields {
  return Object.keys(given).length === 0 ? source : given
}

interface ComposeSource {
  readonly name: string
  readonly generation: number | undefined
  readonly ifGenerationMatch: number | undefined
}

function readSources(sources: unknown): readonly ComposeSource[] {
  if (!Array.isArray(sources) || sources.length === 0) {
    throw invalid('You must provide at least one source component.')
  }
  if (sources.length > MAX_COMPONENTS) {
    throw invalid(
      `The number of source components provided (${sources.length}) exceeds the maximum (${MAX_COMPONENTS})`,
    )
  }
  return sources.map((source: unknown) => {
    const { name, generation, objectPreconditions } = objectOf(source, 'sourceObjects')
    if (typeof name !== 'string') throw invalid('A source component needs a name.')
    const { ifGenerationMatch } = objectOf(objectPreconditions ?? {}, 'objectPreconditions')
    return {
      name,
      generation: generationOf(generation, 'generation'),
      ifGenerationMatch: generationOf(ifGenerationMatch, 'ifGenerationMatch'),
    }
  })
}

/** JSON says it as a text, clients as a number too. */
function generationOf(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
    throw invalid(`Invalid value for ${name}: ${JSON.stringify(value)}`)
  return number
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw invalid(`Invalid value for ${name}: not an object`)
}
