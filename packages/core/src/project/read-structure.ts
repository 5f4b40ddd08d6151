import { nearestName } from '../nearest-name.ts'
import { COMPONENT_TYPES, type StackComponentType } from '../stack/component.ts'
import { checkName, quoted, type NamedThing } from '../stack/component-name.ts'
import { messageOf, SidestepError } from '../errors.ts'
import { BUILT_IN_STACK } from './built-in-stack.ts'
import type { Mistake, ValuePath } from './mistakes.ts'
import type { ComponentEntry, ProjectFile, StackEntry } from './project-file.ts'
import { readConfig } from './read-config.ts'
import type { YamlMap, YamlTree } from './yaml-tree.ts'

/** What a file says, without where it is. */
export type ProjectStructure = Pick<ProjectFile, 'flavors' | 'components' | 'stacks' | 'activeStack'>

/** Reads what sidestep.yaml says, as far as it is right. Everything that is not is added to the mistakes. */
export function readStructure(tree: YamlTree, mistakes: Mistake[]): ProjectStructure {
  return new StructureReader(mistakes).read(tree)
}

/** A record of names has no prototype: whatever a thing is called, it is found only where it was put. */
function emptyRecord<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}

type Components = Record<StackComponentType, Record<string, ComponentEntry>>

const TOP_KEYS = ['flavors', 'components', 'stacks', 'active_stack']
const STACK_KEYS = ['artifact_store', 'container_registry', 'image_builder', 'step_operators', 'default_step_operator']
const ENV = /\$\{env:/

class StructureReader {
  readonly #mistakes: Mistake[]

  constructor(mistakes: Mistake[]) {
    this.#mistakes = mistakes
  }

  read(tree: YamlTree): ProjectStructure {
    const top = this.#map(tree, [], 'flavors, components, stacks and active_stack')
    this.#knownKeys(top, TOP_KEYS, [])
    const flavors = this.#flavors(top?.entries.get('flavors')?.value)
    const components = this.#components(top?.entries.get('components')?.value)
    const stacks = this.#stacks(top?.entries.get('stacks')?.value, components)
    const active = top?.entries.get('active_stack')?.value
    const activeStack = this.#optionalText(active, ['active_stack'], 'the name of a stack')
    if (active !== undefined && activeStack !== undefined && activeStack !== BUILT_IN_STACK) {
      this.#exists(activeStack, Object.keys(stacks.seen), {
        what: 'stack',
        path: ['active_stack'],
        offset: active.offset,
      })
    }
    return { flavors, components: components.records, stacks: stacks.records, ...optional('activeStack', activeStack) }
  }

  #flavors(tree: YamlTree | undefined): Record<StackComponentType, Record<string, string>> {
    const flavors = byType<string>()
    for (const [type, names, at] of this.#types(tree, 'flavors')) {
      for (const [name, { value, offset }] of names.entries) {
        const path = [...at, name]
        if (!this.#named('flavor', name, path, offset)) continue
        const source = this.#text(value, path, 'the source of a flavor, such as ./src/my-operator.ts#MyStepOperator,')
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
        if (!this.#named('component', name, path, offset)) continue
        const entry = this.#component(value, path)
        if (entry !== undefined) records[type][name] = entry
      }
    }
    return { records, seen }
  }

  #component(tree: YamlTree, path: ValuePath): ComponentEntry | undefined {
    const map = this.#map(tree, path, 'flavor and the configuration of a component')
    if (map === undefined) {
      if (isNothing(tree)) this.#add('it has no flavor', 'Add the key flavor.', path, tree.offset)
      return undefined
    }
    const { entries, offset } = map
    const written = entries.get('flavor')
    if (written === undefined) this.#add('it has no flavor', 'Add the key flavor.', path, offset)
    const flavor =
      written === undefined ? undefined : this.#text(written.value, [...path, 'flavor'], 'the name of a flavor')
    if (written !== undefined && flavor !== undefined)
      this.#named('flavor', flavor, [...path, 'flavor'], written.value.offset)
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

  #stacks(
    tree: YamlTree | undefined,
    { seen }: { readonly seen: Record<StackComponentType, readonly string[]> },
  ): { readonly records: Record<string, StackEntry>; readonly seen: Record<string, true> } {
    const records = emptyRecord<StackEntry>()
    const names = emptyRecord<true>()
    const stacks = tree === undefined ? undefined : this.#map(tree, ['stacks'], 'stacks by their names')
    for (const [name, { value, offset }] of stacks?.entries ?? []) {
      const path = ['stacks', name]
      names[name] = true
      if (!this.#named('stack', name, path, offset)) continue
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
      : this.#map(tree, path, 'the parts of a stack')
    if (map === undefined) return undefined
    this.#knownKeys(map, STACK_KEYS, path)
    const component = (type: StackComponentType): string | undefined => {
      const part = map.entries.get(type)?.value
      const at = [...path, type]
      const name = this.#optionalText(part, at, `the name of ${article(type)}`)
      if (part !== undefined && name !== undefined)
        this.#exists(name, components[type], { what: type, path: at, offset: part.offset })
      return name
    }
    const artifactStore = component('artifact_store')
    if (isNothing(map.entries.get('artifact_store')?.value)) {
      this.#add('it has no artifact_store', HAVE_A_STORE, path, map.offset)
    }
    const containerRegistry = component('container_registry')
    const imageBuilder = component('image_builder')
    const stepOperators = this.#stepOperators(map, path, components.step_operator)
    const chosen = map.entries.get('default_step_operator')?.value
    const chosenPath = [...path, 'default_step_operator']
    const defaultStepOperator = this.#optionalText(chosen, chosenPath, 'the name of a step_operator')
    if (
      chosen !== undefined &&
      defaultStepOperator !== undefined &&
      stepOperators !== undefined &&
      !stepOperators.includes(defaultStepOperator)
    ) {
      const message = `${quoted(defaultStepOperator)} is not among its step_operators`
      const near = nearestName(defaultStepOperator, stepOperators)
      const hint = near === undefined ? `It has ${stepOperators.join(', ')}.` : `Did you mean ${near}?`
      this.#add(message, hint, chosenPath, chosen.offset)
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
      this.#add(
        'it has no step_operators',
        'Name at least one: step_operators: [NAME].',
        list === undefined ? stack : path,
        list?.offset ?? map.offset,
      )
      return undefined
    }
    if (list.kind !== 'list') {
      this.#add(
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
      const name = this.#text(item, at, 'the name of a step_operator')
      if (name === undefined) continue
      if (names.has(name)) this.#add(`${quoted(name)} is in the list twice`, 'Name it once.', at, item.offset)
      else this.#exists(name, known, { what: 'step_operator', path: at, offset: item.offset })
      names.add(name)
    }
    return [...names]
  }

  /** What stands under each type of component. */
  *#types(
    tree: YamlTree | undefined,
    key: string,
  ): Generator<[type: StackComponentType, names: YamlMap, path: ValuePath]> {
    if (tree === undefined) return
    const map = this.#map(tree, [key], `${COMPONENT_TYPES.join(', ')}`)
    this.#knownKeys(map, COMPONENT_TYPES, [key])
    for (const type of COMPONENT_TYPES) {
      const value = map?.entries.get(type)?.value
      const names = value === undefined ? undefined : this.#map(value, [key, type], `${key} by their names`)
      if (names !== undefined) yield [type, names, [key, type]]
    }
  }

  /** Nothing at all is an empty map, without being one: `undefined`. */
  #map(tree: YamlTree, path: ValuePath, what: string): YamlMap | undefined {
    if (tree.kind === 'map') return tree
    if (isNothing(tree)) return undefined
    this.#add(
      `${nounOf(tree)} is there, where a map with ${what} belongs`,
      'Write "key: value" in lines of their own.',
      path,
      tree.offset,
    )
    return undefined
  }

  #optionalText(tree: YamlTree | undefined, path: ValuePath, what: string): string | undefined {
    return tree === undefined || isNothing(tree) ? undefined : this.#text(tree, path, what)
  }

  #text(tree: YamlTree, path: ValuePath, what: string): string | undefined {
    if (tree.kind !== 'scalar' || typeof tree.value !== 'string' || tree.value === '') {
      const quotes =
        tree.kind === 'scalar' && tree.value !== null && tree.value !== ''
          ? 'Put it in quotes, if it is one.'
          : 'Write it there.'
      this.#add(`${nounOf(tree)} is there, where ${what} belongs`, quotes, path, tree.offset)
      return undefined
    }
    if (ENV.test(tree.value)) {
      this.#add(
        '${env:…} stands for nothing here',
        'Write the text out: only the configuration of a component may refer to variables.',
        path,
        tree.offset,
      )
      return undefined
    }
    return tree.value
  }

  #named(kind: NamedThing, name: string, path: ValuePath, offset: number): boolean {
    try {
      checkName(kind, name)
      return true
    } catch (error) {
      this.#add(messageOf(error), SidestepError.isInstance(error) ? error.hint : undefined, path.slice(0, -1), offset)
      return false
    }
  }

  #exists(
    name: string,
    known: readonly string[],
    { what, path, offset }: { readonly what: string; readonly path: ValuePath; readonly offset: number },
  ): void {
    if (known.includes(name)) return
    const near = nearestName(name, known)
    const others = known.length === 0 ? `There is no ${what} in the file.` : `There is ${known.join(', ')}.`
    this.#add(
      `there is no ${what} ${quoted(name)}`,
      near === undefined ? others : `Did you mean ${near}?`,
      path,
      offset,
    )
  }

  #knownKeys(map: YamlMap | undefined, known: readonly string[], path: ValuePath): void {
    for (const [key, { offset }] of map?.entries ?? []) {
      if (known.includes(key)) continue
      const near = nearestName(key, known)
      const hint = near === undefined ? `There may be ${known.join(', ')}.` : `Did you mean ${near}?`
      this.#add(`the key ${quoted(key)} is not known`, hint, path, offset)
    }
  }

  #add(message: string, hint: string | undefined, path: ValuePath, offset: number): void {
    this.#mistakes.push({ message, ...(hint === undefined ? {} : { hint }), path, offset })
  }
}

const HAVE_A_STORE = 'Name one of components.artifact_store.'

function byType<T>(): Record<StackComponentType, Record<string, T>> {
  return {
    step_operator: emptyRecord(),
    artifact_store: emptyRecord(),
    container_registry: emptyRecord(),
    image_builder: emptyRecord(),
  }
}

function isNothing(tree: YamlTree | undefined): boolean {
  return tree === undefined || (tree.kind === 'scalar' && tree.value === null)
}

/** What is there, without its value. */
function nounOf(tree: YamlTree): string {
  if (tree.kind !== 'scalar') return `a ${tree.kind}`
  if (tree.value === null || tree.value === '') return 'nothing'
  return typeof tree.value === 'string' ? 'text' : typeof tree.value === 'number' ? 'a number' : `${String(tree.value)}`
}

function article(type: StackComponentType): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: V }
}
