import { pipeline } from 'node:stream'

import { SidestepError } from '@sidestep/core/component'

import type { BlobSource } from './content.ts'
import { discard, type HttpAnswer } from './http-answer.ts'
import type { HttpBody } from './http-client.ts'
import { answerError, expectStatus, RegistryAnswerError } from './registry-answer.ts'
import type { RegistrySession } from './registry-session.ts'
import { repositoryScope } from './scope.ts'
import { VerifyDigest } from './verify-digest.ts'

export interface BlobUpload {
  readonly repository: string
  readonly blob: BlobSource
  readonly signal: AbortSignal
}

/**
 * Sends a blob, once: POST, then all of it in one PUT. Never in chunks: Artifact Registry takes none, ECR has lost some.
 * Where that one PUT is refused (old Artifactory; ECR is said to have a limit for it), all of it in one PATCH and an empty
 * PUT, as crane does.
 */
export async function uploadBlob(session: RegistrySession, upload: BlobUpload): Promise<void> {
  if (!session.wantsPatch) {
    const answer = await put(session, upload, await begin(session, upload), verified(upload.blob))
    if (isDone(answer)) return discard(answer)
    const error = await answerError(answer)
    if (!refusesPut(error)) throw error
    await patch(session, upload)
    session.wantsPatch = true
    return
  }
  await patch(session, upload)
}

/**
 * Begins an upload and gives it up. False: that was refused, as by registries that know no cancelling. Throws where one
 * may not push.
 */
export async function tryUpload(session: RegistrySession, upload: Omit<BlobUpload, 'blob'>): Promise<boolean> {
  const url = await begin(session, upload)
  const scopes = [repositoryScope(upload.repository, 'pull,push')]
  const answer = await session.send({ method: 'DELETE', url, scopes, signal: upload.signal })
  await discard(answer)
  return answer.status >= 200 && answer.status < 300
}

async function begin(session: RegistrySession, { repository, signal }: Omit<BlobUpload, 'blob'>): Promise<URL> {
  const url = session.url(`${repository}/blobs/uploads/`)
  const answer = await session.send({ method: 'POST', url, scopes: [repositoryScope(repository, 'pull,push')], signal })
  await expectStatus(answer, [202])
  return locationOf(session, answer, undefined)
}

async function patch(session: RegistrySession, upload: BlobUpload): Promise<void> {
  const { repository, blob, signal } = upload
  const url = await begin(session, upload)
  const scopes = [repositoryScope(repository, 'pull,push')]
  const sent = await session.send({ method: 'PATCH', url, headers: BYTES, scopes, body: verified(blob), signal })
  // The specification says 202; ECR answers 201, and some say 204.
  await expectStatus(sent, [201, 202, 204])
  const answer = await put(session, upload, locationOf(session, sent, url), undefined)
  if (!isDone(answer)) throw await answerError(answer)
  await discard(answer)
}

const BYTES = { 'content-type': 'application/octet-stream' }

async function put(
  session: RegistrySession,
  upload: BlobUpload,
  location: URL,
  body: HttpBody | undefined,
): Promise<HttpAnswer> {
  const { repository, blob, signal } = upload
  const url = new URL(location)
  // Added as text: what the registry wrote is signed, and must not be written anew.
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(blob.digest)}`
  const scopes = [repositoryScope(repository, 'pull,push')]
  return session.send({ method: 'PUT', url, headers: BYTES, scopes, ...(body === undefined ? {} : { body }), signal })
}

function isDone({ status }: HttpAnswer): boolean {
  return status === 201 || status === 204
}

/** It does not want the PUT as such: what it says about rights, bytes, or too many requests is no reason to try the other way. */
function refusesPut({ status, codes }: RegistryAnswerError): boolean {
  return [400, 405, 411, 413, 415, 416, 501].includes(status) && !codes.includes('DIGEST_INVALID')
}

function locationOf(session: RegistrySession, { status, message, url }: HttpAnswer, before: URL | undefined): URL {
  const { location } = message.headers
  if (location !== undefined) return session.locate(location, url)
  if (before !== undefined) return before
  throw new RegistryAnswerError(status, { codes: [], explanation: 'without a Location for the upload' })
}

/** The bytes of the source, as long as they are those that were announced. */
function verified(blob: BlobSource): HttpBody {
  const { digest, size } = blob
  return {
    size,
    open: () => {
      const error = (problem: string) =>
        new SidestepError(`What is to be sent as ${digest} is something else: ${problem}.`, {
          code: 'IMAGE_INVALID',
          kind: 'infra',
          hint: 'It changed while the image was made. Build it again.',
        })
      // Its error reaches the request, as this stream's own.
      return pipeline(blob.open(), new VerifyDigest({ digest, size, error }), () => {})
    },
  }
}
