import type { Handler } from '../aws/proven-time.ts'

/** What every answer of S3 to a command has, by the SDK's names: what lacks it was given by something else on the way there. */
const ALWAYS: Readonly<Record<string, string>> = {
  PutObjectCommand: 'ETag',
  GetObjectCommand: 'ETag',
  CreateMultipartUploadCommand: 'UploadId',
  UploadPartCommand: 'ETag',
  CompleteMultipartUploadCommand: 'ETag',
  ListObjectsV2Command: 'Name',
}

/** A client of the SDK, as far as it is used here. */
interface ReadingClient {
  readonly middlewareStack: {
    add(
      middleware: (next: Handler, context: { readonly commandName?: string }) => Handler,
      options: { readonly step: 'deserialize'; readonly name: string; readonly priority: 'high' },
    ): void
  }
}

/**
 * Lets the SDK take for an answer only what is one of S3. By itself it looks at the status: a page to sign in, with the status 200, was a
 * write that had succeeded, an object, or an empty list. What is none is tried again like a call without an answer.
 */
export function takeWholeAnswers({ middlewareStack }: ReadingClient): void {
  middlewareStack.add(
    (next, { commandName = '' }) =>
      async (call) => {
        const result = (await next(call)) as Answered
        const member = ALWAYS[commandName]
        if (member === undefined || result.output?.[member] !== undefined) return result
        const { $metadata, Body } = result.output ?? {}
        ;(Body as { destroy?: () => void } | undefined)?.destroy?.()
        const message = `the answer had the status ${$metadata?.httpStatusCode}, and was none of S3: it has no ${member}`
        throw Object.assign(new Error(message), { name: 'NoAnswer', $metadata: { ...$metadata }, $retryable: {} })
      },
    { step: 'deserialize', name: 'sidestepWholeAnswers', priority: 'high' },
  )
}

interface Answered {
  readonly output?: Readonly<Record<string, unknown>> & { readonly $metadata?: { readonly httpStatusCode?: number } }
}
