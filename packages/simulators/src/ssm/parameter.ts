/** A value of a parameter. */
export interface ParameterVersion {
  readonly number: number
  readonly value: string
  readonly type: string
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

/** A parameter, with all its values. */
export interface Parameter {
  readonly name: string
  readonly arn: string
  /** `Advanced` once it was. */
  tier: string
  /** Oldest first; at least one. */
  readonly versions: ParameterVersion[]
}

/** Which value of which parameter: by name or ARN, with `:3` for a version. */
export interface ParameterSelector {
  /** The name, or the ARN. */
  readonly id: string
  /** `:3`, as it was written. Absent: the newest. */
  readonly selector?: string
}

/** Reads the name in a request. */
export function parseSelector(name: string): ParameterSelector {
  // An ARN has five colons of its own.
  const [, id = name, selector] = /^((?:arn:(?:[^:]*:){4})?[^:]*)(:[^:]+)$/.exec(name) ?? []
  return selector === undefined ? { id } : { id, selector }
}
