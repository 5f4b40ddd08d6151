import { pageOf, PageTokenError, type Page, type PageOptions } from '../ground/pages.ts'
import type { S3Call } from './s3-call.ts'
import { invalidArgument } from './s3-error.ts'

/** The page that `continuation-token` asks for; none of a size of 0. Throws `InvalidArgument` for a token that is none. */
export function pageFor<T>(call: S3Call, items: readonly T[], options: Omit<PageOptions<T>, 'token'>): Page<T> {
  const token = call.query('continuation-token')
  try {
    if (options.size === 0) return { items: [] }
    return pageOf(items, { ...options, token })
  } catch (error) {
    if (!(error instanceof PageTokenError)) throw error
    throw invalidArgument('continuation-token', token ?? '', 'The continuation token provided is incorrect')
  }
}
