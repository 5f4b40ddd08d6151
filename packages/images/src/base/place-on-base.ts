import { posix } from 'node:path'

import type { BaseFolders } from './base-folders.ts'
import { wayThroughLinks } from './way-through-links.ts'
import { layerError, shown } from '../layer/layer-error.ts'
import type { FolderEntry, LayerEntry } from '../layer/layer.ts'

/**
 * Entries as a layer on a base has to have them. Engines take a layer's folders for those of the image, also the ones
 * that are only implied by what lies in them: a folder of the base would become root's, with mode 0755, and a link an
 * empty folder that covers what it leads to. So what lies behind a link of the base is written to where that leads, and
 * the folders above an entry are written as the base has them. Rejects with `IMAGE_INVALID` for links in circles.
 */
export async function* placedOnBase(
  entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
  folders: BaseFolders,
): AsyncGenerator<LayerEntry, void, void> {
  const seen = new Set<string>()
  for await (const entry of entries) {
    const placed = placeOf(entry, folders)
    const parent = posix.dirname(placed.path)
    if (!seen.has(parent)) {
      for (const folder of foldersAbove(placed, folders)) {
        // The others are put in as root's.
        if (folder.owner !== undefined && !seen.has(folder.path)) yield folder
        seen.add(folder.path)
      }
    }
    yield placed
  }
}

/**
 * What of a base decides how something below a folder is written, for the key of a layer that lies there: nothing on most,
 * so that images on several bases have one layer. Rejects with `IMAGE_INVALID` for links in circles. Pure.
 */
export function placement(below: string, folders: BaseFolders): { readonly folders?: BaseFolders } {
  const { path, links } = wayOf(below, folders)
  const found = Object.entries(folders).filter(
    ([it]) => links.includes(it) || it === path || path.startsWith(`${it}/`) || it.startsWith(`${path}/`),
  )
  return found.length === 0 ? {} : { folders: Object.fromEntries(found) }
}

function placeOf(entry: LayerEntry, folders: BaseFolders): LayerEntry {
  if (entry.type === 'folder') return folderOf(wayOf(entry.path, folders).path, folders)
  // A file or a link of the project takes the place of a link of the base: only what it lies in is followed.
  const end = entry.path.lastIndexOf('/')
  if (end === -1) return entry
  const parent = entry.path.slice(0, end)
  const { path } = wayOf(parent, folders)
  if (path === parent) return entry
  const moved = `${path}${path === '' ? '' : '/'}${entry.path.slice(end + 1)}`
  if (entry.type === 'symlink') return { ...entry, path: moved }
  return {
    type: 'file',
    path: moved,
    executable: entry.executable,
    size: entry.size,
    open: () => entry.open(),
    ...(entry.content === undefined ? {} : { content: (scratch) => entry.content?.(scratch) ?? [] }),
  }
}

function* foldersAbove({ path }: LayerEntry, folders: BaseFolders): Generator<FolderEntry, void, void> {
  for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
    yield folderOf(path.slice(0, end), folders)
  }
}

function folderOf(path: string, folders: BaseFolders): FolderEntry {
  const owner = Object.hasOwn(folders, path) ? folders[path] : undefined
  return { type: 'folder', path, ...(typeof owner === 'object' ? { owner } : {}) }
}

function wayOf(path: string, folders: BaseFolders): { readonly path: string; readonly links: readonly string[] } {
  const way = wayThroughLinks(path, (it) => {
    const found = Object.hasOwn(folders, it) ? folders[it] : undefined
    return typeof found === 'string' ? found : undefined
  })
  if (way !== undefined) return way
  throw layerError(
    `/${shown(path)} leads nowhere in the parent image: its links go round in circles`,
    'Choose another docker.workdir, or another parent image.',
  )
}
