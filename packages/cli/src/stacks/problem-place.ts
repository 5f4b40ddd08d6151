import type { StackDetails, StackPart } from './stack-details.ts'

/** What a problem's path means in sidestep.yaml. */
export interface ProblemPlace {
  /** Absent: the stack itself, such as a component that is missing. */
  readonly part?: StackPart
  /** Path of keys in sidestep.yaml. Absent: the stack is not written there. */
  readonly keys?: readonly string[]
}

const SINGLE = {
  artifactStore: 'artifact_store',
  containerRegistry: 'container_registry',
  imageBuilder: 'image_builder',
} as const satisfies Readonly<Record<string, StackPart['type']>>

/**
 * What a problem is about, by its path in the stack: `stepOperators.gpu.region` is the key `region` of the component `gpu`,
 * and where sidestep.yaml says it.
 */
export function placeOfProblem(path: string | undefined, details: StackDetails): ProblemPlace {
  const isWritten = details.place !== undefined
  const found = path === undefined ? undefined : partAt(path, details.parts)
  if (found === undefined) return isWritten ? { keys: ['stacks', details.name] } : {}
  const { part, rest } = found
  return isWritten ? { part, keys: ['components', part.type, part.name ?? '', ...rest] } : { part }
}

function partAt(
  path: string,
  parts: readonly StackPart[],
): { readonly part: StackPart; readonly rest: readonly string[] } | undefined {
  // Names of operators may have dots: the longest that fits is meant.
  const byLength = parts.toSorted((a, b) => (b.name?.length ?? 0) - (a.name?.length ?? 0))
  for (const part of byLength) {
    const start = pathOf(part)
    if (path === start) return { part, rest: [] }
    if (path.startsWith(`${start}.`)) return { part, rest: path.slice(start.length + 1).split('.') }
  }
  return undefined
}

/** Where a component is in its stack: `artifactStore`, `stepOperators.gpu`. */
export function pathOf({ type, name }: StackPart): string {
  const single = Object.entries(SINGLE).find(([, each]) => each === type)?.[0]
  return single ?? `stepOperators.${name ?? '*'}`
}
