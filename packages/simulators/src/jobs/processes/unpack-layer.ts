import { createReadStream } from 'node:fs'
import { join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

import { unpackTar } from 'modern-tar/fs'

import { messageOf } from '../message-of.ts'
import type { LayerName } from './image.ts'

const KINDS: readonly unknown[] = ['file', 'directory', 'symlink', undefined]

/**
 * Puts what is in a layer on what lies in a folder, which stands for the root: nothing goes elsewhere, through links neither. Links to an
 * absolute path lead into the folder. What `leaveOut` says of a path (`opt/sidestep`) stays out. Rejects where the layer is damaged or
 * has something that none of Sidestep's has, such as a hard link or a deletion.
 *
 * @param root absolute, without links in it
 */
export async function unpackLayer(
  { mediaType, digest }: LayerName,
  {
    file,
    root,
    leaveOut,
  }: { readonly file: string; readonly root: string; readonly leaveOut: (path: string) => boolean },
): Promise<void> {
  const unpacking = unpackTar(root, {
    strict: true,
    filter: ({ name, type }) => {
      const path = posix.normalize(`/${name}`).replaceAll(/^\/+|\/+$/g, '')
      if (!KINDS.includes(type) || posix.basename(path).startsWith('.wh.')) {
        throw new Error(`${name} is a ${type ?? 'file'}, which cannot be unpacked`)
      }
      return path !== '' && !leaveOut(path)
    },
    map: (header) => {
      const { type, linkname = '' } = header
      return type === 'symlink' && posix.isAbsolute(linkname) ? { ...header, linkname: join(root, linkname) } : header
    },
  })
  try {
    if (/[.+]gzip$/.test(mediaType)) await pipeline(createReadStream(file), createGunzip(), unpacking)
    else if (mediaType.endsWith('.tar')) await pipeline(createReadStream(file), unpacking)
    else throw new Error(`it is ${mediaType}, which cannot be read`)
  } catch (error) {
    throw new Error(`the layer ${digest} cannot be unpacked: ${messageOf(error)}`, { cause: error })
  }
}
