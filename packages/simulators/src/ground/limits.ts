/** What a value of a request may be, in the words of the providers' models. */
export type Shape =
  | {
      readonly type: 'string'
      readonly min?: number
      readonly max?: number
      readonly pattern?: string
      readonly enum?: readonly string[]
    }
  | { readonly type: 'integer' | 'long' | 'float' | 'double'; readonly min?: number; readonly max?: number }
  | { readonly type: 'boolean' | 'timestamp' | 'blob' }
  | { readonly type: 'list'; readonly of: string; readonly min?: number; readonly max?: number }
  | { readonly type: 'map'; readonly key: string; readonly value: string; readonly min?: number; readonly max?: number }
  | {
      readonly type: 'structure'
      readonly members: Readonly<Record<string, string>>
      readonly required?: readonly string[]
    }

/** Shapes by name: a provider's table of limits. */
export type Limits = Readonly<Record<string, Shape>>

/** One thing that is wrong with a request. */
export interface Violation {
  /** Where: `resourceConfig.instanceCount`, with the request's own spelling. */
  readonly path: string
  /** Which rule. */
  readonly rule: 'required' | 'unknown' | 'type' | 'min' | 'max' | 'pattern' | 'enum'
  /** What was there, as JSON; cut where it is long. */
  readonly value: string
  /** What the rule wants: `63`, `[a-z]+`, `[File, Pipe]`. */
  readonly wanted: string
}

/** All that is wrong with a value, in the order of the shape's members. Lengths are in characters, as the models count. */
export function violations(_value: unknown, _shape: string, _limits: Limits): readonly Violation[] {
  throw new Error('not there yet')
}
