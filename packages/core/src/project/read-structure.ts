import { COMPONENT_TYPES, type StackComponentType } from '../stack/component.ts'
import { BUILT_IN_STACK } from './built-in-stack.ts'
import { emptyRecord } from './empty-record.ts'
import type { Mistake, ValuePath } from '../yaml/mistakes.ts'
import { FILE_KEYS } from './file-keys.ts'
import type { ComponentEntry, ProjectFile } from './project-model.ts'
import { readConfig } from './read-config.ts'
import { StackReader } from './stack-reader.ts'
import { isNothing, ValueReader } from './value-reader.ts'
import type { YamlMap, YamlTree } from '../yaml/yaml-tree.ts'

/** What a file says, without where it is. */
export type ProjectStructure = Pick<ProjectFile, 'flavors' | 'components' | 'stacks' | 'activeStack'>

/** Reads what sidestep.yaml says, as far as it is right. Everything that is not is added to the mistakes. */
export function readStructure(tree: YamlTree, mistakes: Mistake[]): ProjectStructure {
  return new StructureReader(mistakes).read(tree)
}

type Components = Record<StackComponentType, Record<string, ComponentEntry>>

class StructureReader {
  readonly #mistakes: Mistake[]
  readonly #values: ValueReader

  constructor(mistakes: Mistake[]) {
    this.#mistakes = mistakes
    this.#values = new ValueReader(mistakes)
  }

  read(tree: YamlTree): ProjectStructure {
    const top = this.#values.map(tree, [], 'flavors, components, stacks and active_stack')
    this.#values.knownKeys(top, FILE_KEYS, [])
    const flavors = this.#flavors(top?.entries.get('flavors')?.value)
    const components = this.#components(top?.entries.get('components')?.value)
    const stacks = new StackReader(this.#values).read(top?.entries.get('stacks')?.value, components)
    const active = top?.entries.get('active_stack')?.value
    const activeStack = this.#values.optionalText(active, ['active_stack'], 'the name of a stack')
    if (active !== undefined && activeStack !== undefined && activeStack !== BUILT_IN_STACK) {
      this.#values.exists(activeStack, Object.keys(stacks.seen), {
        what: 'stack',
        path: ['active_stack'],
        offset: active.offset,
      })
    }
    return {
      flavors,
      components: components.records,
      stacks: stacks.records,
      ...(activeStack === undefined ? {} : { activeStack }),
    }
  }

  #flavors(tree: YamlTree | undefined): Record<StackComponentType, Record<string, string>> {
    const flavors = byType<string>()
    for (const [type, names, at] of this.#types(tree, 'flavors')) {
      for (const [name, { value, offset }] of names.entries) {
        const path = [...at, name]
        if (!this.#values.named('flavor', name, path, offset)) continue
        const source = this.#values.text(
          value,
          path,
          'the source of a flavor, such as ./src/my-operator.ts#MyStepOperator,',
        )
        if (source !== undefined) flavors[type][name] = source
      }
    }
    return flavors
  }

  #components(tree: YamlTree | undefined): {
    readonly records: Components
    readonly seen: Record<StackComponentType, string[]>
  } {
    const records = byType<ComponentEntry>()
    const seen: Record<StackComponentType, string[]> = {
      step_operator: [],
      artifact_store: [],
      container_registry: [],
      image_builder: [],
    }
    for (const [type, names, at] of this.#types(tree, 'components')) {
      for (const [name, { value, offset }] of names.entries) {
        const path = [...at, name]
        // One that is not right is there all the same: stacks that name it are not wrong too.
        seen[type].push(name)
        if (!this.#values.named('component', name, path, offset)) continue
        const entry = this.#component(value, path)
        if (entry !== undefined) records[type][name] = entry
      }
    }
    return { records, seen }
  }

  #component(tree: YamlTree, path: ValuePath): ComponentEntry | undefined {
    const map = this.#values.map(tree, path, 'flavor and the configuration of a component')
    if (map === undefined) {
      if (isNothing(tree)) this.#values.add('it has no flavor', 'Add the key flavor.', path, tree.offset)
      return undefined
    }
    const { entries, offset } = map
    const written = entries.get('flavor')
    if (written === undefined) this.#values.add('it has no flavor', 'Add the key flavor.', path, offset)
    const flavor =
      written === undefined ? undefined : this.#values.text(written.value, [...path, 'flavor'], 'the name of a flavor')
    if (written !== undefined && flavor !== undefined)
      this.#values.named('flavor', flavor, [...path, 'flavor'], written.value.offset)
    const config: Record<string, unknown> = {}
    for (const [key, entry] of entries) {
      if (key === 'flavor') continue
      const value = readConfig(entry.value, {
        path: [...path, key],
        key,
        offset: entry.offset,
        mistakes: this.#mistakes,
      })
      if (key !== '__proto__') config[key] = value
    }
    return flavor === undefined ? undefined : { flavor, config }
  }

  /** What stands under each type of component. */
  *#types(
    tree: YamlTree | undefined,
    key: string,
  ): Generator<[type: StackComponentType, names: YamlMap, path: ValuePath]> {
    if (tree === undefined) return
    const map = this.#values.map(tree, [key], `${COMPONENT_TYPES.join(', ')}`)
    this.#values.knownKeys(map, COMPONENT_TYPES, [key])
    for (const type of COMPONENT_TYPES) {
      const value = map?.entries.get(type)?.value
      const names = value === undefined ? undefined : this.#values.map(value, [key, type], `${key} by their names`)
      if (names !== undefined) yield [type, names, [key, type]]
    }
  }
}

function byType<T>(): Record<StackComponentType, Record<string, T>> {
  return {
    step_operator: emptyRecord(),
    artifact_store: emptyRecord(),
    container_registry: emptyRecord(),
    image_builder: emptyRecord(),
  }
}
