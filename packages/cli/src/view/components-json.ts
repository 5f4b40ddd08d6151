import type { JsonSchema, StackComponentType } from '@sidestep/core/project'
import type { FoundComponent } from '../components/find-component.ts'
import { redacted } from '../components/redact.ts'

/** A component of sidestep.yaml in JSON output. */
export interface JsonComponent {
  readonly type: StackComponentType
  readonly name: string
  readonly flavor: string
  /** As it is written; `${env:NAME}` is not replaced, secrets are. */
  readonly config: unknown
  /** Names of the stacks that it is a part of. */
  readonly stacks: readonly string[]
  /** `sidestep.yaml:12:5`. */
  readonly place: string
}

/** The document of a component in `list`, and after a change. */
export function jsonComponent(
  type: StackComponentType,
  { file, name, entry, stacks }: FoundComponent,
  jsonSchema: JsonSchema | undefined,
): JsonComponent {
  const { flavor, config } = entry
  const place = file.place(['components', type, name])
  return { type, name, flavor, config: redacted(config, jsonSchema), stacks, place }
}
