import type { Readable } from 'node:stream'

import type { BlobSource } from '../distribution/registry-client.ts'

/** Whose a folder is, and what may be done in it. */
export interface FolderOwner {
  /** Twelve bits: 0755, 01777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** Of folders where nobody says anything else. */
export const PLAIN_FOLDER: FolderOwner = { mode: 0o755, uid: 0, gid: 0 }

/** Whether it is root's, with mode 0755. */
export function isPlainFolder({ mode, uid, gid }: FolderOwner): boolean {
  return mode === PLAIN_FOLDER.mode && uid === PLAIN_FOLDER.uid && gid === PLAIN_FOLDER.gid
}

/** A folder of a layer; those above an entry need not be given. */
export interface FolderEntry {
  readonly type: 'folder'
  /** Relative to the image's root, with `/`, without a leading one. */
  readonly path: string
  /** Default: root's, with mode 0755. */
  readonly owner?: FolderOwner
}

/** A file of a layer. */
export interface FileEntry {
  readonly type: 'file'
  /** Relative to the image's root, with `/`, without a leading one. */
  readonly path: string
  /** Mode 0755, else 0644. */
  readonly executable: boolean
  /** Bytes: as many as `open()` gives, or the layer is not written. */
  readonly size: number
  open(): Readable
  /**
   * What `open()` gives, without a stream's cost: ten thousand streams take longer than their bytes, and each piece of
   * a large file would be new memory. A piece is valid until the next one is asked for, or until somebody else uses
   * `scratch`: memory that is lent for pieces. Default: memory of its own.
   */
  content?(scratch?: Buffer): Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

/** A symbolic link of a layer. */
export interface SymlinkEntry {
  readonly type: 'symlink'
  /** Relative to the image's root, with `/`, without a leading one. */
  readonly path: string
  /** As it stands in the link. */
  readonly target: string
}

/** One thing in a layer. Times are 0 in every layer; owner and group too, but of folders that are the base's. */
export type LayerEntry = FolderEntry | FileEntry | SymlinkEntry

/** A layer that lies in a file of this machine. */
export interface Layer extends BlobSource {
  /** What manifests call it. */
  readonly mediaType: string
  /** Digest of the uncompressed archive: the same on every machine. */
  readonly diffId: `sha256:${string}`
  /** Bytes of the uncompressed archive. */
  readonly uncompressedSize: number
  /** Of the compressed file. */
  readonly path: string
}

/** Of every layer that is written here: each registry and each engine knows it. */
export const LAYER_MEDIA_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip'
