/** Where an object goes, and how it is kept. */
export interface PutParameters {
  readonly Bucket: string
  readonly Key: string
  readonly ServerSideEncryption?: 'aws:kms'
  readonly SSEKMSKeyId?: string
}
