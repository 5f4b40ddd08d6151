/** What an executable file is. */
export interface ProgramFacts {
  /** ELF's number of the processor: 62 is x86-64, 183 is ARM64. Absent: no ELF file. */
  readonly machine?: number
  /** `24.21.0`, where it is Node.js. */
  readonly nodeVersion?: string
}

/** Every Node.js has this text: what its inspector calls itself. */
const MARK = 'node.js/v'
/** Bytes that are kept of a chunk: what is looked for may begin there. */
const OVERLAP = 64
const MACHINE_OFFSET = 18

/** Reads an executable file to its end. */
export async function programFacts(body: AsyncIterable<Uint8Array>): Promise<ProgramFacts> {
  let machine: number | undefined
  let nodeVersion: string | undefined
  let held = Buffer.alloc(0)
  let isFirst = true
  for await (const chunk of body) {
    if (nodeVersion !== undefined || (!isFirst && machine === undefined)) continue
    const bytes = Buffer.concat([held, chunk])
    if (isFirst) {
      if (bytes.length < OVERLAP) {
        held = bytes
        continue
      }
      isFirst = false
      machine = machineOf(bytes)
    }
    nodeVersion = versionIn(bytes)
    held = Buffer.from(bytes.subarray(-OVERLAP))
  }
  return { ...(machine === undefined ? {} : { machine }), ...(nodeVersion === undefined ? {} : { nodeVersion }) }
}

function machineOf(bytes: Buffer): number | undefined {
  const isElf = bytes.readUInt32BE(0) === 0x7f454c46
  // The sixth byte says the order of the bytes: all that is supported here has the low ones first.
  return isElf && bytes[5] === 1 ? bytes.readUInt16LE(MACHINE_OFFSET) : undefined
}

function versionIn(bytes: Buffer): string | undefined {
  for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, at + 1)) {
    const text = bytes.subarray(at + MARK.length, at + OVERLAP - MARK.length).toString('latin1')
    // With what follows it: the end of a chunk may have cut the number.
    const found = /^(\d{1,3}\.\d{1,4}\.\d{1,4})[^\d]/u.exec(text)?.[1]
    if (found !== undefined) return found
  }
  return undefined
}
