import type { LayerEntry } from './layer.ts'
import { layerError, shown } from './layer-error.ts'

/** Bytes, of every Linux file system that engines unpack layers to. */
const LONGEST_NAME = 255
const LONGEST_PATH = 4095

const ASCII = /^[\0-\x7f]*$/u

/** Layers delete what lies below them by files of such names. */
const WHITEOUT = '.wh.'

/**
 * The entries of a layer in the one order that it has, whatever order they come in: by the bytes of their paths, so
 * that a folder comes before what is in it. Folders that are not given are put in. Throws `IMAGE_INVALID` for paths
 * that no layer can have, and for two things at one path.
 */
export async function sortEntries(
  entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly LayerEntry[]> {
  const byPath = new Map<string, LayerEntry>()
  for await (const entry of entries) {
    signal.throwIfAborted()
    checkEntry(entry)
    const there = byPath.get(entry.path)
    if (there !== undefined && (there.type !== 'folder' || entry.type !== 'folder')) {
      throw layerError(`${shown(entry.path)} would be twice in the image`, 'Leave one of them out, or rename it.')
    }
    byPath.set(entry.path, entry)
  }
  // A map also visits what is added meanwhile, so each folder brings its own parent.
  for (const path of byPath.keys()) addParent(byPath, path)
  const sorted = [...byPath.values()]
  byPath.clear()
  // Strings compare by UTF-16, which is another order beyond ASCII: there by one character per byte.
  const bytes = new Map<string, string>()
  for (const { path } of sorted) if (!ASCII.test(path)) bytes.set(path, Buffer.from(path).toString('latin1'))
  return sorted.sort((a, b) => ((bytes.get(a.path) ?? a.path) < (bytes.get(b.path) ?? b.path) ? -1 : 1))
}

function addParent(byPath: Map<string, LayerEntry>, path: string): void {
  const end = path.lastIndexOf('/')
  if (end === -1) return
  const parent = path.slice(0, end)
  const there = byPath.get(parent)
  if (there === undefined) byPath.set(parent, { type: 'folder', path: parent })
  else if (there.type !== 'folder') {
    throw layerError(`${shown(parent)} would be a ${there.type} in the image, and ${shown(path)} lies in it`)
  }
}

function checkEntry(entry: LayerEntry): void {
  const wrong = pathProblem(entry.path) ?? (entry.type === 'symlink' ? targetProblem(entry.target) : undefined)
  if (wrong !== undefined) throw layerError(`${shown(entry.path)} cannot be in an image: ${wrong}`)
  if (entry.type === 'file' && (!Number.isSafeInteger(entry.size) || entry.size < 0)) {
    throw new RangeError(`${shown(entry.path)} has the size ${entry.size}`)
  }
}

function pathProblem(path: string): string | undefined {
  if (!path.isWellFormed()) return 'its name is not Unicode'
  if (path.includes('\0')) return 'its name holds a NUL'
  if (Buffer.byteLength(path) > LONGEST_PATH) return `its path has over ${LONGEST_PATH} bytes`
  for (const name of path.split('/')) {
    if (name === '' || name === '.' || name === '..') return 'its path is not a plain relative one'
    if (name.startsWith(WHITEOUT)) return `names that begin with ${WHITEOUT} delete files of the layers below`
    if (Buffer.byteLength(name) > LONGEST_NAME) return `a name in it has over ${LONGEST_NAME} bytes`
  }
  return undefined
}

function targetProblem(target: string): string | undefined {
  if (target === '') return 'it is a link to nothing'
  if (!target.isWellFormed()) return 'it links to a name that is not Unicode'
  if (target.includes('\0')) return 'it links to a name with a NUL'
  return Buffer.byteLength(target) > LONGEST_PATH ? `it links to a path of over ${LONGEST_PATH} bytes` : undefined
}
