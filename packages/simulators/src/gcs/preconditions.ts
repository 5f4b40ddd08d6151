import type { Exchange } from '../ground/exchange.ts'
import { conditionNotMet, notModified } from './gcs-error.ts'
import { integerParameter } from './parameters.ts'

/** What a request asks of what is there. 0 as a generation: there is nothing. */
export interface GcsPreconditions {
  readonly generationMatch: number | undefined
  readonly generationNotMatch: number | undefined
  readonly metagenerationMatch: number | undefined
  readonly metagenerationNotMatch: number | undefined
}

/** All is asked for. */
export const NO_PRECONDITIONS: GcsPreconditions = {
  generationMatch: undefined,
  generationNotMatch: undefined,
  metagenerationMatch: undefined,
  metagenerationNotMatch: undefined,
}

/** Which state of which version something is. */
export interface GcsVersion {
  readonly generation: number
  readonly metageneration: number
}

/** Of the query. `prefix`: `ifSource` for what a copy reads. Throws a 400 for what is no number. */
export function readPreconditions(query: URLSearchParams, prefix: 'if' | 'ifSource' = 'if'): GcsPreconditions {
  return {
    generationMatch: integerParameter(query, `${prefix}GenerationMatch`),
    generationNotMatch: integerParameter(query, `${prefix}GenerationNotMatch`),
    metagenerationMatch: integerParameter(query, `${prefix}MetagenerationMatch`),
    metagenerationNotMatch: integerParameter(query, `${prefix}MetagenerationNotMatch`),
  }
}

/** The ETags that a read names in its headers. Changes take no notice of them: they have generations. */
export interface EtagHeaders {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
}

/** Of a request that reads. */
export function readEtags(exchange: Exchange): EtagHeaders {
  return { ifMatch: exchange.header('if-match'), ifNoneMatch: exchange.header('if-none-match') }
}

/** Before a read of something that has this ETag. Throws a 412, and a 304 for what must not match. */
export function checkEtags({ ifMatch, ifNoneMatch }: EtagHeaders, etag: string): void {
  if (ifMatch !== undefined && !isNamed(ifMatch, etag)) throw conditionNotMet()
  if (ifNoneMatch !== undefined && isNamed(ifNoneMatch, etag)) throw notModified()
}

/** With or without quotes, as clients have them from headers or from resources. */
function isNamed(header: string, etag: string): boolean {
  const names = header.split(',').map((name) => name.trim())
  return names.some((name) => name === '*' || unquoted(name) === unquoted(etag))
}

function unquoted(etag: string): string {
  return etag.replace(/^(?:W\/)?"(.*)"$/, '$1')
}

/** Before a change. Throws a 412. Where nothing is there, only a generation of 0 matches, and all that must not match has failed. */
export function checkBeforeChange(preconditions: GcsPreconditions, existing: GcsVersion | undefined): void {
  if (!matches(preconditions, existing) || isExcluded(preconditions, existing)) throw conditionNotMet()
}

/** Before a read of something that is there. Throws a 412, and a 304 for what must not match. */
export function checkBeforeRead(preconditions: GcsPreconditions, existing: GcsVersion): void {
  if (!matches(preconditions, existing)) throw conditionNotMet()
  if (isExcluded(preconditions, existing)) throw notModified()
}

function matches(preconditions: GcsPreconditions, existing: GcsVersion | undefined): boolean {
  const { generationMatch, metagenerationMatch } = preconditions
  if (generationMatch !== undefined && generationMatch !== (existing?.generation ?? 0)) return false
  return metagenerationMatch === undefined || metagenerationMatch === existing?.metageneration
}

function isExcluded(preconditions: GcsPreconditions, existing: GcsVersion | undefined): boolean {
  const { generationNotMatch, metagenerationNotMatch } = preconditions
  if (existing === undefined) return generationNotMatch !== undefined || metagenerationNotMatch !== undefined
  return generationNotMatch === existing.generation || metagenerationNotMatch === existing.metageneration
}
