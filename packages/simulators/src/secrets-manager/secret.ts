/** A value of a secret. */
export interface SecretVersion {
  readonly id: string
  /** One of the two. */
  readonly text?: string
  /** In base64. */
  readonly binary?: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** `AWSCURRENT`, `AWSPREVIOUS`, or one's own. Of all versions of a secret, one has a label. */
  readonly stages: Set<string>
}

/** A secret, with all its values. */
export interface Secret {
  readonly name: string
  readonly arn: string
  /** By their ids. */
  readonly versions: Map<string, SecretVersion>
  /** When it goes, in milliseconds since 1970; until then it can only be deleted again. */
  deletedAt?: number
}

const CURRENT = 'AWSCURRENT'
const PREVIOUS = 'AWSPREVIOUS'

/** Adds a value. The labels that it gets go from the values that had them, and the former current one becomes the previous one. */
export function addVersion(
  { versions }: Secret,
  version: Omit<SecretVersion, 'stages'>,
  stages: readonly string[] = [CURRENT],
): SecretVersion {
  const before = versions.get(version.id)
  // The first value of a secret is the current one, whatever else it is called.
  const wanted = new Set(versions.size === 0 ? [...stages, CURRENT] : stages)
  const added = before ?? { ...version, stages: new Set<string>() }
  const former = [...versions.values()].find((one) => one !== added && one.stages.has(CURRENT))
  for (const one of versions.values()) for (const stage of wanted) if (one !== added) one.stages.delete(stage)
  if (wanted.has(CURRENT) && former !== undefined) {
    for (const one of versions.values()) one.stages.delete(PREVIOUS)
    former.stages.add(PREVIOUS)
  }
  for (const stage of wanted) added.stages.add(stage)
  versions.set(added.id, added)
  return added
}

/** The value with a label: by default the current one. */
export function versionAt({ versions }: Secret, stage: string = CURRENT): SecretVersion | undefined {
  return [...versions.values()].find((one) => one.stages.has(stage))
}
