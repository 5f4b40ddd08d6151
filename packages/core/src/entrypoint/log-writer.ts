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
 * to 10 s while a job runs on. Writing waits for the store, so that memory stays flat however much is printed.
 */
export class LogWriter {
  readonly #key: IncarnationKey
  readonly #store: ArtifactStore
  readonly #redact: (text: string) => string
  readonly #splitters: Record<LogLine['stream'], LineSplitter> = {
    stdout: new LineSplitter(),
    stderr: new LineSplitter(),
  }
  readonly #tail: string[] = []
  #chunk: string[] = []
  #chunkBytes = 0
  #chunks = 0
  #lines = 0
  #intervalMs = FIRST_INTERVAL_MS
  #timer: NodeJS.Timeout | undefined
  #upload: Promise<void> = Promise.resolve()

  constructor(options: {
    readonly key: IncarnationKey
    readonly store: ArtifactStore
    readonly redact: (text: string) => string
  }) {
    this.#key = options.key
    this.#store = options.store
    this.#redact = options.redact
  }

  /** The last lines of both streams, oldest first. */
  get tail(): readonly string[] {
    return this.#tail
  }

  async write(stream: LogLine['stream'], bytes: Uint8Array): Promise<void> {
    for (const line of this.#splitters[stream].push(bytes)) await this.#add(stream, line)
  }

  /** Writes what is left. Nothing may be written afterwards. */
  async close(): Promise<LogExtent> {
    for (const stream of ['stdout', 'stderr'] as const) {
      for (const line of this.#splitters[stream].end()) await this.#add(stream, line)
    }
    this.#closeChunk()
    await this.#upload
    return { chunks: this.#chunks, lines: this.#lines }
  }

  async #add(stream: LogLine['stream'], { text, partial }: SplitLine): Promise<void> {
    this.#lines += 1
    const clean = this.#redact(text)
    const line: LogLine = {
      n: this.#lines,
      at: new Date().toISOString(),
      stream,
      text: clean,
      ...(partial ? { partial: true } : {}),
    }
    const json = JSON.stringify(line)
    this.#remember(clean)
    this.#chunk.push(json)
    this.#chunkBytes += Buffer.byteLength(json) + 1
    if (this.#chunkBytes >= CHUNK_BYTES) {
      // One chunk may be on its way while the next one fills; a third has to wait.
      await this.#upload
      this.#closeChunk()
    } else {
      this.#timer ??= setTimeout(() => this.#closeChunk(), this.#intervalMs)
    }
  }

  #remember(text: string): void {
    this.#tail.push(text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text)
    if (this.#tail.length > TAIL_LINES) this.#tail.shift()
  }

  #closeChunk(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#chunk.length === 0) return
    this.#chunks += 1
    const key = logChunkKey(this.#key, this.#chunks)
    const bytes = Buffer.from(`${this.#chunk.join('\n')}\n`)
    this.#chunk = []
    this.#chunkBytes = 0
    this.#intervalMs = Math.min(1.5 * this.#intervalMs, LONGEST_INTERVAL_MS)
    const upload = this.#upload.then(() => this.#store.put(key, bytes))
    this.#upload = upload.then(() => undefined)
    // Whoever writes next, or closes, gets the error; until then it must not count as unhandled.
    this.#upload.catch(() => undefined)
  }
}
