import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { logChunkKey, type IncarnationKey } from '../artifact/layout.ts'
import type { LogExtent, LogLine } from '../artifact/manifest.ts'
import { LineSplitter, type SplitLine } from './line-splitter.ts'

const CHUNK_BYTES = 1024 * 1024
const FIRST_INTERVAL_MS = 2_000
const LONGEST_INTERVAL_MS = 10_000
const TAIL_LINES = 50

/**
 * Writes a process's output into numbered chunks of the artifact store. A chunk closes at 1 MiB, or after 2 s, growing
 * to 10 s while a job runs on. One chunk is on its way while the next one fills; when that is full, writing waits for
 * the store, so that memory stays flat however much is printed.
 */
export class LogWriter {
  readonly #key: IncarnationKey
  readonly #store: ArtifactStore
  readonly #splitters: Readonly<Record<LogLine['stream'], LineSplitter>>
  readonly #tail: string[] = []
  #chunk: string[] = []
  #chunkBytes = 0
  #chunks = 0
  #lines = 0
  #intervalMs = FIRST_INTERVAL_MS
  #timer: NodeJS.Timeout | undefined
  /** Of the chunk on its way. One that failed stays: whoever writes next, or closes, gets the error. */
  #upload: Promise<void> | undefined

  constructor(options: {
    readonly key: IncarnationKey
    readonly store: ArtifactStore
    readonly redact: (text: string) => string
  }) {
    this.#key = options.key
    this.#store = options.store
    this.#splitters = { stdout: new LineSplitter(options.redact), stderr: new LineSplitter(options.redact) }
  }

  /** The last lines of both streams, oldest first. */
  get tail(): readonly string[] {
    return this.#tail
  }

  /** How much there is so far. */
  get extent(): LogExtent {
    return { chunks: this.#chunks, lines: this.#lines }
  }

  async write(stream: LogLine['stream'], bytes: Uint8Array): Promise<void> {
    for (const line of this.#splitters[stream].push(bytes)) await this.#add(stream, line)
  }

  /** Writes what is left. Nothing may be written afterwards. */
  async close(): Promise<void> {
    try {
      for (const stream of ['stdout', 'stderr'] as const) {
        for (const line of this.#splitters[stream].end()) await this.#add(stream, line)
      }
      await this.#upload
      this.#closeChunk()
      await this.#upload
    } finally {
      clearTimeout(this.#timer)
    }
  }

  async #add(stream: LogLine['stream'], { text, partial }: SplitLine): Promise<void> {
    this.#lines += 1
    const line: LogLine = {
      n: this.#lines,
      at: new Date().toISOString(),
      stream,
      text,
      ...(partial ? { partial: true } : {}),
    }
    const json = JSON.stringify(line)
    this.#remember(text)
    this.#chunk.push(json)
    this.#chunkBytes += Buffer.byteLength(json) + 1
    this.#timer ??= setTimeout(() => this.#closeInTime(), this.#intervalMs)
    while (this.#chunkBytes >= CHUNK_BYTES) {
      if (this.#upload === undefined) this.#closeChunk()
      else await this.#upload
    }
  }

  #remember(text: string): void {
    this.#tail.push(text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text)
    if (this.#tail.length > TAIL_LINES) this.#tail.shift()
  }

  #closeInTime(): void {
    if (this.#upload === undefined) this.#closeChunk()
    else this.#timer?.refresh()
  }

  /** Only where no chunk is on its way. */
  #closeChunk(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#chunk.length === 0) return
    this.#chunks += 1
    const bytes = Buffer.from(`${this.#chunk.join('\n')}\n`)
    this.#chunk = []
    this.#chunkBytes = 0
    this.#intervalMs = Math.min(1.5 * this.#intervalMs, LONGEST_INTERVAL_MS)
    this.#upload = this.#put(logChunkKey(this.#key, this.#chunks), bytes)
    // Until somebody asks, a failure must not count as unhandled.
    this.#upload.catch(() => undefined)
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#store.put(key, bytes)
    this.#upload = undefined
  }
}
