import type { Readable } from 'node:stream'

import { SidestepError } from '@sidestep/core/component'

import { ConnectionError } from './connection-error.ts'
import type { Digest } from './digest.ts'
import { answerError } from './registry-answer.ts'
import type { RegistryTask } from './registry-errors.ts'
import type { RegistrySession } from './registry-session.ts'
import type { Scope } from './scope.ts'
import { VerifyDigest } from './verify-digest.ts'

/** Which blob, and on whose behalf. */
export interface BlobDownload {
  readonly digest: Digest
  /** Of the registry, which may redirect to its storage. */
  readonly url: URL
  readonly scopes: readonly Scope[]
  /** For errors. */
  readonly task: RegistryTask
  readonly signal: AbortSignal
}

/** Asks once, and gives the bytes as they come, checked. */
export async function downloadBlob(session: RegistrySession, download: BlobDownload): Promise<Readable> {
  const { digest, task, scopes, signal } = download
  const answer = await session.send({ method: 'GET', url: download.url, scopes, signal })
  if (answer.status !== 200) throw await answerError(answer)
  const { message, url } = answer
  const error = (problem: string) =>
    new SidestepError(`${url.host} gives something else for ${task.subject}: ${problem}.`, {
      code: 'REGISTRY_FAILED',
      kind: 'infra',
    })
  const size = message.headers['content-length']
  const bytes = new VerifyDigest({ digest, error, ...(size === undefined ? {} : { size: Number(size) }) })
  // Not by `pipeline`: what a cut connection says is for machines.
  message.on('error', (cause) => {
    const reason = signal.aborted ? (signal.reason as Error) : new ConnectionError(url.host, cause)
    void session.translate(reason, task).then((translated) => bytes.destroy(translated as Error))
  })
  bytes.once('close', () => message.destroy())
  return message.pipe(bytes)
}
