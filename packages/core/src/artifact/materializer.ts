import { configError } from '../errors.ts'
import type { Body } from './artifact-store.ts'
import type { StoredValue } from './stored-value.ts'

/** How values of one sort become bytes, and values again. */
export interface ValueFormat<T = unknown> {
  /** Stored with each value; unique. */
  readonly name: string
  /** What `save` reads before its first `await` is safe from later changes of the value. */
  save(value: T, context: SaveContext): Promise<Materialized>
  /** The value, from what `save` returned. */
  load(read: ValueReader, meta: unknown, context: LoadContext): Promise<T>
}

/**
 * A format that recognizes its values. The built-in ones hold bytes, streams, files and folders, and formats for data
 * come after them; write one for a class of your own and register it with {@link registerMaterializer}.
 */
export interface Materializer<T = unknown> extends ValueFormat<T> {
  /** Called with every object that is stored: must be quick, and must not change or await anything. */
  accepts(value: unknown): value is T
}

/** A value as it is written. */
export interface Materialized {
  /** A stream that can be read again from its start is marked `replayable`: it need not be kept aside to be hashed. */
  readonly body: Body
  /** Default: false. */
  readonly replayable?: boolean
  /** What reading back needs beside the bytes: JSON. It is part of the value's identity. */
  readonly meta?: unknown
  /** Further objects, stored below `<key>.files/` before the body is. The body must hold their hashes. */
  readonly parts?: readonly Part[]
}

/** One of several objects that a value is stored as. */
export interface Part {
  /** Relative, with `/`. */
  readonly name: string
  /** Its bytes. */
  readonly body: Body
}

/** What a materializer is told, and can ask for, while it saves. */
export interface SaveContext {
  /** What errors call the value: `result`. */
  readonly name: string
  /** Aborts where the value is not wanted any more. */
  readonly signal?: AbortSignal
  /** True where the caller goes on before the bytes are written: memory that it may change must be copied at once. */
  readonly snapshot: boolean
  /** Stores a value inside this one as a value of its own. `index` is its number, `path` what errors call it. */
  readonly saveInner: (value: unknown, index: number, path: string) => Promise<StoredValue>
}

/** Size and hash of an object that a value's bytes promise. */
export interface PartExpectation {
  /** Lower-case hex. */
  readonly sha256: string
  /** In bytes. */
  readonly size: number
}

/** The stored bytes. Everything that is read here is verified: other bytes than were written are `ARTIFACT_CORRUPT`. */
export interface ValueReader {
  /** All of them, in memory. */
  bytes(): Promise<Uint8Array>
  /** As they arrive; opened when iterated, every time anew. The last chunk is followed by the check of the hash. */
  stream(signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** A part, in the same way. */
  part(name: string, expected: PartExpectation, signal?: AbortSignal): AsyncIterable<Uint8Array>
}

/** What a materializer is told, and can ask for, while it loads. */
export interface LoadContext {
  /** What is known of the value without reading it. */
  readonly stored: StoredValue
  /** Of the store that it lies in. */
  readonly storeUri: string
  /** Aborts where the value is not wanted any more. */
  readonly signal?: AbortSignal
  /** Reads a value that `saveInner` stored. */
  readonly loadInner: (stored: StoredValue) => Promise<unknown>
}

const REGISTRY = Symbol.for('sidestep.materializers@1')

/** Names of the materializers that come with Sidestep. */
const RESERVED: ReadonlySet<string> = new Set([
  'bytes',
  'file',
  'folder',
  'json',
  'rich',
  'stream',
  'structure',
  'typed-array',
])

/**
 * Adds a materializer of your own; it is asked before the built-in ones, the last registered first. Call it at the top
 * of the pipeline's module, so that the job's process does it too. Registering the same object again does nothing;
 * another object of the same name throws `CONFIG_INVALID`, since either could then be asked to read what the other one
 * wrote.
 */
export function registerMaterializer<T>(materializer: Materializer<T>): void {
  const { name } = materializer
  const known = registered().get(name)
  if (known === materializer) return
  if (known !== undefined || RESERVED.has(name)) {
    throw configError(
      'CONFIG_INVALID',
      `a materializer named ${JSON.stringify(name)} ${known === undefined ? 'comes with Sidestep' : 'is registered already'}`,
      'Choose another name, and register each materializer once, from a module of its own.',
    )
  }
  if (name === '') throw configError('CONFIG_INVALID', 'a materializer has an empty name', 'Give it a name.')
  registered().set(name, materializer as Materializer)
}

/** What users registered, in that order, by any loaded copy of this package. */
export function registeredMaterializers(): readonly Materializer[] {
  return [...registered().values()]
}

/** The user's materializer for this value, if there is one. */
export function registeredFor(value: unknown): Materializer | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return registeredMaterializers().findLast((materializer) => materializer.accepts(value))
}

function registered(): Map<string, Materializer> {
  const shared = globalThis as { [REGISTRY]?: Map<string, Materializer> }
  return (shared[REGISTRY] ??= new Map())
}
