import { nearestName } from '../nearest-name.ts'
import { quoted } from '../stack/component-name.ts'
import type { StackComponentType } from '../stack/component.ts'
import { oneOfType, typeWords } from '../stack/component-type.ts'
import { optional } from '../stack/optional.ts'
import type { ValuePath } from '../yaml/mistakes.ts'
import { emptyRecord } from './empty-record.ts'
import type { StackEntry } from './project-model.ts'
import { STACK_KEYS } from './file-keys.ts'
import { isNothing, nounOf, type ValueReader } from './value-reader.ts'
import type { YamlMap, YamlTree } from '../yaml/yaml-tree.ts'

/** Reads `stacks` of a file. */
export class StackReader {
  readonly #values: ValueReader

  constructor(values: ValueReader) {
    this.#values = values
  }

  read(
    tree: YamlTree | undefined,
    { seen }: { readonly seen: Record<StackComponentType, readonly string[]> },
  ): { readonly records: Record<string, StackEntry>; readonly seen: Record<string, true> } {
    const records = emptyRecord<StackEntry>()
    const names = emptyRecord<true>()
    const stacks = tree === undefined ? undefined : this.#values.map(tree, ['stacks'], 'stacks by their names')
    for (const [name, { value, offset }] of stacks?.entries ?? []) {
      const path = ['stacks', name]
      names[name] = true
      if (!this.#values.named('stack', name, path, offset)) continue
      const entry = this.#stack(value, path, seen)
      if (entry !== undefined) records[name] = entry
    }
    return { records, seen: names }
  }

  #stack(
    tree: YamlTree,
    path: ValuePath,
    components: Record<StackComponentType, readonly string[]>,
  ): StackEntry | undefined {
    const map = isNothing(tree)
      ? ({ kind: 'map', entries: new Map(), offset: tree.offset, size: 1, depth: 0 } satisfies YamlMap)
      : this.#values.map(tree, path, 'the parts of a stack')
    if (map === undefined) return undefined
    this.#values.knownKeys(map, Object.values(STACK_KEYS), path)
    const component = (type: StackComponentType): string | undefined => {
      const part = map.entries.get(type)?.value
      const at = [...path, type]
      const name = this.#values.optionalText(part, at, `the name of ${oneOfType(type)}`)
      if (part !== undefined && name !== undefined)
        this.#values.exists(name, components[type], { what: typeWords(type), path: at, offset: part.offset })
      return name
    }
    const artifactStore = component('artifact_store')
    if (isNothing(map.entries.get('artifact_store')?.value)) {
      this.#values.add('it has no artifact_store', HAVE_A_STORE, path, map.offset)
    }
    const containerRegistry = component('container_registry')
    const imageBuilder = component('image_builder')
    const stepOperators = this.#stepOperators(map, path, components.step_operator)
    const chosen = map.entries.get('default_step_operator')?.value
    const chosenPath = [...path, 'default_step_operator']
    const defaultStepOperator = this.#values.optionalText(chosen, chosenPath, 'the name of a step operator')
    if (
      chosen !== undefined &&
      defaultStepOperator !== undefined &&
      stepOperators !== undefined &&
      !stepOperators.includes(defaultStepOperator)
    ) {
      const message = `${quoted(defaultStepOperator)} is not among its step_operators`
      const near = nearestName(defaultStepOperator, stepOperators)
      const hint = near === undefined ? `It has ${stepOperators.join(', ')}.` : `Did you mean ${near}?`
      this.#values.add(message, hint, chosenPath, chosen.offset)
    }
    if (artifactStore === undefined || stepOperators === undefined) return undefined
    return {
      artifactStore,
      ...optional('containerRegistry', containerRegistry),
      ...optional('imageBuilder', imageBuilder),
      stepOperators,
      ...optional('defaultStepOperator', defaultStepOperator),
    }
  }

  #stepOperators(map: YamlMap, stack: ValuePath, known: readonly string[]): readonly string[] | undefined {
    const list = map.entries.get('step_operators')?.value
    const path = [...stack, 'step_operators']
    if (list === undefined || isNothing(list) || (list.kind === 'list' && list.items.length === 0)) {
      this.#values.add(
        'it has no step_operators',
        'Name at least one: step_operators: [NAME].',
        list === undefined ? stack : path,
        list?.offset ?? map.offset,
      )
      return undefined
    }
    if (list.kind !== 'list') {
      this.#values.add(
        `${nounOf(list)} is there, where a list belongs`,
        'Write it so: step_operators: [NAME].',
        path,
        list.offset,
      )
      return undefined
    }
    const names = new Set<string>()
    for (const [index, item] of list.items.entries()) {
      const at = [...path, index]
      const name = this.#values.text(item, at, 'the name of a step operator')
      if (name === undefined) continue
      if (names.has(name)) this.#values.add(`${quoted(name)} is in the list twice`, 'Name it once.', at, item.offset)
      else this.#values.exists(name, known, { what: 'step operator', path: at, offset: item.offset })
      names.add(name)
    }
    return [...names]
  }
}

const HAVE_A_STORE = 'Name one of components.artifact_store.'
