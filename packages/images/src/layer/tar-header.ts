import { PLAIN_FOLDER, type LayerEntry } from './layer.ts'

/** What a tar file is counted in. */
export const TAR_BLOCK = 512

/** The two empty blocks that end a tar file. */
export const TAR_END: Uint8Array = new Uint8Array(2 * TAR_BLOCK)

/** The most that eleven octal digits hold: 8 GiB less one byte. */
const LARGEST_OCTAL_SIZE = 0o77777777777
/** The most that seven octal digits hold. */
const LARGEST_OCTAL_ID = 0o7777777
/** Bytes of a path, and of a link's target, in a plain header. */
const NAME_LENGTH = 100

const TYPE_FLAGS = { file: '0', symlink: '2', folder: '5' } as const
const PAX_FLAG = 'x'

/**
 * What stands before an entry's bytes in a POSIX tar file: a ustar header, and before it a pax header where the entry
 * does not fit into one (names over 100 bytes or beyond ASCII, sizes of 8 GiB and more, ids over 2 million). Same entry,
 * same bytes.
 */
export function tarHeader(entry: LayerEntry): Uint8Array {
  const name = entry.type === 'folder' ? `${entry.path}/` : entry.path
  const target = entry.type === 'symlink' ? entry.target : ''
  const size = entry.type === 'file' ? entry.size : 0
  const { uid, gid } = (entry.type === 'folder' ? entry.owner : undefined) ?? PLAIN_FOLDER
  const records = [
    fitsName(name) ? '' : paxRecord('path', name),
    fitsName(target) ? '' : paxRecord('linkpath', target),
    size <= LARGEST_OCTAL_SIZE ? '' : paxRecord('size', String(size)),
    uid <= LARGEST_OCTAL_ID ? '' : paxRecord('uid', String(uid)),
    gid <= LARGEST_OCTAL_ID ? '' : paxRecord('gid', String(gid)),
  ].join('')
  const header = ustarHeader({ name, target, size, uid, gid, mode: modeOf(entry), flag: TYPE_FLAGS[entry.type] })
  if (records === '') return header
  const body = Buffer.from(records)
  const plain = { target: '', uid: 0, gid: 0, mode: 0o644 }
  const paxHeader = ustarHeader({ ...plain, name: 'PaxHeader', size: body.length, flag: PAX_FLAG })
  return Buffer.concat([paxHeader, body, Buffer.alloc(tarPadding(body.length)), header])
}

/** Empty bytes that follow so many bytes, up to the next block. */
export function tarPadding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK
}

interface Fields {
  readonly name: string
  readonly target: string
  readonly size: number
  readonly uid: number
  readonly gid: number
  readonly mode: number
  readonly flag: string
}

function ustarHeader({ name, target, size, uid, gid, mode, flag }: Fields): Buffer {
  const block = Buffer.alloc(TAR_BLOCK)
  const octal = (value: number, offset: number, length: number): void => {
    block.write(value.toString(8).padStart(length, '0'), offset, 'latin1')
  }
  block.write(plainName(name), 0, 'latin1')
  octal(mode, 100, 7)
  octal(uid <= LARGEST_OCTAL_ID ? uid : 0, 108, 7)
  octal(gid <= LARGEST_OCTAL_ID ? gid : 0, 116, 7)
  octal(size <= LARGEST_OCTAL_SIZE ? size : 0, 124, 11)
  octal(0, 136, 11) // mtime
  block.write('        ', 148, 'latin1') // the checksum counts as spaces
  block.write(flag, 156, 'latin1')
  block.write(plainName(target), 157, 'latin1')
  block.write('ustar\u000000', 257, 'latin1')
  octal(0, 329, 7) // device numbers
  octal(0, 337, 7)
  let checksum = 0
  for (let index = 0; index < TAR_BLOCK; index++) checksum += block[index] as number
  octal(checksum, 148, 6)
  block.write('\u0000 ', 154, 'latin1')
  return block
}

function modeOf(entry: LayerEntry): number {
  if (entry.type === 'symlink') return 0o777
  if (entry.type === 'folder') return (entry.owner ?? PLAIN_FOLDER).mode
  return entry.executable ? 0o755 : 0o644
}

function fitsName(name: string): boolean {
  return name.length <= NAME_LENGTH && plainName(name) === name
}

/** For readers that know no pax headers; the others never look at it. */
function plainName(name: string): string {
  return name.slice(0, NAME_LENGTH).replaceAll(/[^ -~]/gu, '_')
}

/** `27 path=…\n`: the number is the record's length in bytes, its own digits included. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes
  while (length !== bytes + String(length).length) length = bytes + String(length).length
  return `${length}${rest}`
}
