import type { Readable } from 'node:stream'

import { SidestepError } from '@sidestep/core/component'

import type { BlobSource, Manifest } from './content.ts'
import { downloadBlob } from './download-blob.ts'
import { digestOf, isDigest, type Digest } from './digest.ts'
import { discard, readText, type HttpAnswer } from './http-answer.ts'
import { MANIFEST_MEDIA_TYPES, mediaTypeOf } from './media-types.ts'
import { memoryBody } from './memory-body.ts'
import { answerError, expectStatus } from './registry-answer.ts'
import type { RegistryTask } from './registry-errors.ts'
import type { RegistrySession } from './registry-session.ts'
import { isTransient } from './retry.ts'
import { repositoryScope, type Scope } from './scope.ts'
import { tryUpload, uploadBlob } from './upload-blob.ts'

/** What every call takes. */
export interface CallOptions {
  /** Ends the call: its connection is closed, and it rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/** Bytes. What the specification asks registries to take; no manifest of an image comes near it. */
const LARGEST_MANIFEST = 4 * 1024 * 1024

/**
 * One repository of a registry. Everything that comes is checked by its digest. What may pass (throttling, a registry that is
 * starting, a connection that is cut) is tried again for some ten seconds, silence three times in all. Calls reject with `REGISTRY_FAILED` (`auth` where
 * the login does not do, `infra` where the registry or the network fails) and `IMAGE_UNKNOWN`.
 */
export class Repository {
  readonly #session: RegistrySession
  readonly #name: string
  readonly #reads: readonly Scope[]
  readonly #writes: readonly Scope[]

  constructor(session: RegistrySession, name: string, options: { readonly push: boolean }) {
    this.#session = session
    this.#name = name
    this.#writes = [repositoryScope(name, 'pull,push')]
    this.#reads = options.push ? this.#writes : [repositoryScope(name, 'pull')]
  }

  /** By tag or digest; `undefined` where there is none, or no such repository. */
  async manifest(reference: string, { signal }: CallOptions): Promise<Manifest | undefined> {
    const task = this.#task('read', reference)
    return this.#session.run(task, signal, async () => {
      const answer = await this.#session.send({
        method: 'GET',
        url: this.#url(`manifests/${reference}`),
        headers: { accept: MANIFEST_MEDIA_TYPES.join(', ') },
        scopes: this.#reads,
        signal,
      })
      const { status, message } = answer
      if (status === 404) return discardAnd(undefined, answer)
      if (status !== 200) throw await answerError(answer)
      const bytes = await readText(answer, LARGEST_MANIFEST, () =>
        wrong(`${task.subject} is larger than a manifest may be (4 MiB).`),
      )
      const digest = digestOf(bytes)
      const said = isDigest(reference) ? reference : message.headers['docker-content-digest']
      if (typeof said === 'string' && isDigest(said) && said !== digest) {
        throw wrong(
          `${this.#session.registry} gives something else for ${task.subject}: ${said} is announced, the bytes have ${digest}.`,
        )
      }
      return { digest, mediaType: mediaTypeOf(message.headers['content-type'], bytes), bytes }
    })
  }

  /**
   * The digest that a tag stands for, without its manifest. `undefined` where there is none, and where the registry does
   * not say: then {@link manifest} knows more.
   */
  async manifestDigest(tag: string, { signal }: CallOptions): Promise<Digest | undefined> {
    return this.#session.run(this.#task('read', tag), signal, async () => {
      const answer = await this.#session.send({
        method: 'HEAD',
        url: this.#url(`manifests/${tag}`),
        headers: { accept: MANIFEST_MEDIA_TYPES.join(', ') },
        scopes: this.#reads,
        signal,
      })
      const said = answer.message.headers['docker-content-digest']
      return discardAnd(answer.status === 200 && typeof said === 'string' && isDigest(said) ? said : undefined, answer)
    })
  }

  /** By tag or digest. Rejects with `IMAGE_INVALID` where the registry does not take it; `answerOf` tells its codes. */
  async putManifest(reference: string, manifest: Omit<Manifest, 'digest'>, { signal }: CallOptions): Promise<Digest> {
    const { bytes, mediaType } = manifest
    const digest = digestOf(bytes)
    const task = this.#task('push', reference)
    if (isDigest(reference) && reference !== digest)
      throw wrong(`The manifest for ${task.subject} has the digest ${digest}.`)
    return this.#session.run(task, signal, async () => {
      const answer = await this.#session.send({
        method: 'PUT',
        url: this.#url(`manifests/${reference}`),
        headers: { 'content-type': mediaType },
        body: memoryBody(bytes),
        scopes: this.#writes,
        signal,
      })
      await expectStatus(answer, [201, 202, 200])
      const said = answer.message.headers['docker-content-digest']
      if (said !== undefined && said !== digest) {
        throw wrong(
          `${this.#session.registry} stored something else as ${task.subject}: ${String(said)} instead of ${digest}.`,
        )
      }
      return digest
    })
  }

  /** Whether a blob is there. A registry that redirects to its storage has it. */
  async hasBlob(digest: Digest, { signal }: CallOptions): Promise<boolean> {
    return this.#session.run(this.#task('look for', digest), signal, () => this.#head(digest, this.#reads, signal))
  }

  /**
   * The stream ends with an error where the bytes are not those of the digest. It takes one of the client's downloads until it
   * has ended: read it to the end, or destroy it.
   */
  async blob(digest: Digest, { signal }: CallOptions): Promise<Readable> {
    const task = this.#task('read', digest)
    const release = await this.#session.downloads.take(signal)
    try {
      const stream = await this.#session.run(task, signal, () =>
        downloadBlob(this.#session, { digest, task, url: this.#url(`blobs/${digest}`), scopes: this.#reads, signal }),
      )
      stream.once('close', release)
      if (stream.closed) release()
      return stream
    } catch (error) {
      release()
      throw error
    }
  }

  /** From another repository of the registry. False: the registry does not do that, and the blob has to be sent. */
  async mountBlob(digest: Digest, from: string, { signal }: CallOptions): Promise<boolean> {
    const url = this.#url('blobs/uploads/')
    // With `from`: Quay fails on a mount without.
    url.search = new URLSearchParams({ mount: digest, from }).toString()
    try {
      return await this.#session.run(this.#task('mount', digest), signal, async () => {
        // One token for both: registries look into the one that comes with the request.
        const scopes = [...this.#writes, repositoryScope(from, 'pull')]
        const answer = await this.#session.send({ method: 'POST', url, scopes, signal })
        if (answer.status === 201) return discardAnd(true, answer)
        const error = answer.status === 202 ? undefined : await answerError(answer)
        // A registry that cannot mount may say so by a failure of its own: no reason to wait for it.
        if (error !== undefined && isTransient(error) && error.status !== 500) throw error
        // 202: an upload has begun instead, which the registry forgets by itself.
        if (error === undefined) await discard(answer)
        return false
      })
    } catch (error) {
      if (signal.aborted) throw error
      // ECR Public, Docker Hub and Quay have each refused mounts in their own way. If it is something else, the upload will tell.
      return false
    }
  }

  /**
   * Sends a blob unless it is there. `isNew`: it hardly is, and it is so small that to look for it would take as long as to
   * send it.
   */
  async putBlob(
    blob: BlobSource,
    { signal, isNew = false }: CallOptions & { readonly isNew?: boolean },
  ): Promise<'sent' | 'there'> {
    const release = await this.#session.uploads.take(signal)
    try {
      // An upload that was cut may have arrived all the same: each further try looks first.
      return await this.#session.run(this.#task('push', blob.digest), signal, async (number) => {
        const isThere = !(isNew && number === 1) && (await this.#head(blob.digest, this.#writes, signal))
        if (isThere) return number === 1 ? 'there' : 'sent'
        await uploadBlob(this.#session, { repository: this.#name, blob, signal })
        return 'sent'
      })
    } finally {
      release()
    }
  }

  /**
   * Whether one may push: an upload is begun, and given up where the registry knows that. `login`: who was asked for;
   * absent where nobody was. Rejects as a push would.
   */
  async tryPush({ signal }: CallOptions): Promise<{ readonly isGivenUp: boolean; readonly login: string | undefined }> {
    const task = { doing: 'push to', subject: `${this.#session.registry}/${this.#name}` }
    const isGivenUp = await this.#session.run(task, signal, () =>
      tryUpload(this.#session, { repository: this.#name, signal }),
    )
    return { isGivenUp, login: await this.#session.login() }
  }

  async #head(digest: Digest, scopes: readonly Scope[], signal: AbortSignal): Promise<boolean> {
    const answer = await this.#session.send({ method: 'HEAD', url: this.#url(`blobs/${digest}`), scopes, signal })
    if (answer.status !== 200 && answer.status !== 307 && answer.status !== 404) throw await answerError(answer)
    return discardAnd(answer.status !== 404, answer)
  }

  #url(path: string): URL {
    return this.#session.url(`${this.#name}/${path}`)
  }

  #task(doing: string, reference: string): RegistryTask {
    return { doing, subject: `${this.#session.registry}/${this.#name}${isDigest(reference) ? '@' : ':'}${reference}` }
  }
}

function wrong(message: string): SidestepError {
  return new SidestepError(message, { code: 'REGISTRY_FAILED', kind: 'infra' })
}

async function discardAnd<T>(result: T, answer: HttpAnswer): Promise<T> {
  await discard(answer)
  return result
}
