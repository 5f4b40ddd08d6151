import type { CompletedPart } from '@aws-sdk/client-s3'

import type { PutParameters } from './put-parameters.ts'
import { attemptsOf, LeftPartsError, nameOfError } from './s3-error.ts'
import type { S3Connection } from './s3-client.ts'
import type { StreamPart } from './stream-parts.ts'

interface UploadPlace {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string | undefined
}

/** An object that comes into being part by part, each with its CRC32. */
export class MultipartUpload {
  readonly #connection: S3Connection
  readonly #upload: UploadPlace
  readonly #sent: CompletedPart[] = []
  #size = 0

  private constructor(connection: S3Connection, upload: UploadPlace) {
    this.#connection = connection
    this.#upload = upload
  }

  /** Nothing is to be seen of it until it is complete. */
  static async begin(
    connection: S3Connection,
    parameters: PutParameters,
    signal: AbortSignal,
  ): Promise<MultipartUpload> {
    const { sdk, partClient } = connection
    const command = new sdk.CreateMultipartUploadCommand({ ...parameters, ChecksumAlgorithm: 'CRC32' })
    const { UploadId } = await partClient.send(command, { abortSignal: signal })
    return new MultipartUpload(connection, { Bucket: parameters.Bucket, Key: parameters.Key, UploadId })
  }

  /** Parts may be sent in any order. */
  async send({ number: PartNumber, bytes: Body }: StreamPart, signal: AbortSignal): Promise<void> {
    const { sdk, partClient } = this.#connection
    const command = new sdk.UploadPartCommand({ ...this.#upload, PartNumber, Body, ChecksumAlgorithm: 'CRC32' })
    const { ETag, ChecksumCRC32 } = await partClient.send(command, { abortSignal: signal })
    this.#sent.push({ PartNumber, ETag, ChecksumCRC32 })
    this.#size += Body.length
  }

  /** Makes the object of the parts. Resolves to its size in bytes. */
  async complete(signal: AbortSignal): Promise<number> {
    const { sdk, partClient } = this.#connection
    const Parts = this.#sent.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0))
    const command = new sdk.CompleteMultipartUploadCommand({ ...this.#upload, MultipartUpload: { Parts } })
    try {
      await partClient.send(command, { abortSignal: signal })
    } catch (error) {
      // The answer to the first call was lost, and an upload that is complete is none any more.
      if (nameOfError(error) !== 'NoSuchUpload' || attemptsOf(error) < 2 || !(await this.#isThere(signal))) throw error
    }
    return this.#size
  }

  /** Removes the parts. Nothing may be sent any more. Resolves to what to throw: the cause, which also says if parts are left. */
  async abort(cause: unknown): Promise<unknown> {
    const { sdk, partClient } = this.#connection
    try {
      await partClient.send(new sdk.AbortMultipartUploadCommand(this.#upload))
      return cause
    } catch (error) {
      return nameOfError(error) === 'NoSuchUpload' ? cause : new LeftPartsError(cause, error)
    }
  }

  async #isThere(signal: AbortSignal): Promise<boolean> {
    const { sdk, client } = this.#connection
    const { Bucket, Key } = this.#upload
    const { ContentLength, ETag } = await client.send(new sdk.HeadObjectCommand({ Bucket, Key }), {
      abortSignal: signal,
    })
    return ContentLength === this.#size && ETag?.endsWith(`-${this.#sent.length}"`) === true
  }
}
