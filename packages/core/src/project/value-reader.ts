import { messageOf, SidestepError } from '../errors.ts'
import { nearestName } from '../nearest-name.ts'
import { checkName, quoted, type NamedThing } from '../stack/component-name.ts'
import type { Mistake, ValuePath } from '../yaml/mistakes.ts'
import type { YamlMap, YamlTree } from '../yaml/yaml-tree.ts'

const ENV = /\$\{env:/

/** Takes what belongs somewhere in a file, and adds what is there instead to the mistakes. */
export class ValueReader {
  readonly #mistakes: Mistake[]

  constructor(mistakes: Mistake[]) {
    this.#mistakes = mistakes
  }

  /** Nothing at all is an empty map, without being one: `undefined`. */
  map(tree: YamlTree, path: ValuePath, what: string): YamlMap | undefined {
    if (tree.kind === 'map') return tree
    if (isNothing(tree)) return undefined
    this.add(
      `${nounOf(tree)} is there, where a map with ${what} belongs`,
      'Write "key: value" in lines of their own.',
      path,
      tree.offset,
    )
    return undefined
  }

  optionalText(tree: YamlTree | undefined, path: ValuePath, what: string): string | undefined {
    return tree === undefined || isNothing(tree) ? undefined : this.text(tree, path, what)
  }

  text(tree: YamlTree, path: ValuePath, what: string): string | undefined {
    if (tree.kind !== 'scalar' || typeof tree.value !== 'string' || tree.value === '') {
      const quotes =
        tree.kind === 'scalar' && tree.value !== null && tree.value !== ''
          ? 'Put it in quotes, if it is one.'
          : 'Write it there.'
      this.add(`${nounOf(tree)} is there, where ${what} belongs`, quotes, path, tree.offset)
      return undefined
    }
    if (ENV.test(tree.value)) {
      this.add(
        '${env:…} stands for nothing here',
        'Write the text out: only the configuration of a component may refer to variables.',
        path,
        tree.offset,
      )
      return undefined
    }
    return tree.value
  }

  named(kind: NamedThing, name: string, path: ValuePath, offset: number): boolean {
    try {
      checkName(kind, name)
      return true
    } catch (error) {
      this.add(messageOf(error), SidestepError.isInstance(error) ? error.hint : undefined, path.slice(0, -1), offset)
      return false
    }
  }

  exists(
    name: string,
    known: readonly string[],
    { what, path, offset }: { readonly what: string; readonly path: ValuePath; readonly offset: number },
  ): void {
    if (known.includes(name)) return
    const near = nearestName(name, known)
    const others = known.length === 0 ? `There is no ${what} in the file.` : `There is ${known.join(', ')}.`
    this.add(`there is no ${what} ${quoted(name)}`, near === undefined ? others : `Did you mean ${near}?`, path, offset)
  }

  knownKeys(map: YamlMap | undefined, known: readonly string[], path: ValuePath): void {
    for (const [key, { offset }] of map?.entries ?? []) {
      if (known.includes(key)) continue
      const near = nearestName(key, known)
      const hint = near === undefined ? `There may be ${known.join(', ')}.` : `Did you mean ${near}?`
      this.add(`the key ${quoted(key)} is not known`, hint, path, offset)
    }
  }

  add(message: string, hint: string | undefined, path: ValuePath, offset: number): void {
    this.#mistakes.push({ message, ...(hint === undefined ? {} : { hint }), path, offset })
  }
}

/** True where a key stands alone, or not at all. */
export function isNothing(tree: YamlTree | undefined): boolean {
  return tree === undefined || (tree.kind === 'scalar' && tree.value === null)
}

/** What is there, without its value. */
export function nounOf(tree: YamlTree): string {
  if (tree.kind !== 'scalar') return `a ${tree.kind}`
  if (tree.value === null || tree.value === '') return 'nothing'
  return typeof tree.value === 'string' ? 'text' : typeof tree.value === 'number' ? 'a number' : `${String(tree.value)}`
}
