import { isPlainFolder, type FolderOwner } from '../layer/layer.ts'
import type { FileTree } from './file-tree.ts'

/**
 * The folders of an image that a layer must not write as root's with mode 0755, by their paths relative to the root: how
 * they are, or where a link in the place of one leads to, as it stands in the link.
 */
export type BaseFolders = Readonly<Record<string, FolderOwner | string>>

/** Lists them. A link counts where it leads to a folder, and in the root wherever it leads. Pure. */
export function baseFolders(tree: FileTree): BaseFolders {
  const found: Record<string, FolderOwner | string> = {}
  for (const [path, entry] of tree.all()) {
    if (entry.type === 'file' || tree.isBelowLink(path)) continue
    if (entry.type === 'symlink') {
      if (!path.includes('/') || tree.find(path)?.entry.type === 'folder') found[path] = entry.target
    } else if (!isPlainFolder(entry)) found[path] = { mode: entry.mode, uid: entry.uid, gid: entry.gid }
  }
  return found
}
