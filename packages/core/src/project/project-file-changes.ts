import { basename } from 'node:path'

import { configError, messageOf, SidestepError } from '../errors.ts'
import { parseSourcePath } from '../flavor/source-path.ts'
import { nearestName } from '../nearest-name.ts'
import { checkName, quoted } from '../stack/component-name.ts'
import type { StackComponentType } from '../stack/component.ts'
import { jsonCopy } from '../stack/json-copy.ts'
import { oneOfType, typeCommand, typeWords } from '../stack/component-type.ts'
import { BUILT_IN_STACK } from './built-in-stack.ts'
import type { ProjectFileEdit } from './project-file-edit.ts'
import { FILE_KEYS, STACK_KEYS } from './file-keys.ts'
import { parseProjectFile } from './parse-project-file.ts'
import type { ComponentEntry, ProjectFile, StackEntry } from './project-file.ts'
import { refuseSecrets } from './refuse-secrets.ts'
import { checkStackEntry, partsOf, usesOf, type ComponentUse } from './stack-entries.ts'
import { YamlText, YamlTextError, type YamlPath } from '../yaml/yaml-text.ts'

/** The changes of one edit, made in the text of the file. Nothing is written to disk. */
export class ProjectFileChanges implements ProjectFileEdit {
  readonly #path: string
  #yaml: YamlText
  #file: ProjectFile

  /** Throws `CONFIG_INVALID` where the text is not valid. It has no byte order mark. */
  constructor(path: string, text: string) {
    this.#path = path
    this.#file = parseProjectFile(path, basename(path), text)
    this.#yaml = new YamlText(text, FILE_KEYS)
  }

  get file(): ProjectFile {
    return this.#file
  }

  get text(): string {
    return this.#yaml.toString()
  }

  addFlavor(
    type: StackComponentType,
    flavor: string,
    source: string,
    { replace = false }: { readonly replace?: boolean } = {},
  ): void {
    checkName('flavor', flavor)
    parseSourcePath(source)
    const sources = this.#file.flavors[type] ?? {}
    const there = Object.hasOwn(sources, flavor) ? sources[flavor] : undefined
    if (there === source) return
    const path = ['flavors', type, flavor]
    if (there !== undefined && !replace) {
      throw this.#taken(
        `the ${typeWords(type)} flavor ${flavor} is ${there}`,
        path,
        `${typeCommand(type)} flavor delete ${flavor}`,
      )
    }
    this.#change((yaml) => yaml.set(path, source))
  }

  deleteFlavor(type: StackComponentType, flavor: string): void {
    const names = Object.keys(this.#file.flavors[type] ?? {})
    if (!names.includes(flavor)) {
      const hint = nearest(flavor, names, `${typeCommand(type)} flavor list`)
      throw configError(
        'FLAVOR_UNKNOWN',
        `${this.#name} registers no ${typeWords(type)} flavor ${quoted(flavor)}`,
        hint,
      )
    }
    const users = Object.entries(this.#file.components[type]).filter(([, entry]) => entry.flavor === flavor)
    if (users.length > 0) {
      const list = users.map(([name]) => `${name} (${this.#file.place(['components', type, name])})`)
      const hint = `Delete what has it first: ${users.map(([name]) => `\`${typeCommand(type)} delete ${name}\``).join(', ')}.`
      throw configError(
        'COMPONENT_IN_USE',
        `the ${typeWords(type)} flavor ${flavor} is that of ${list.join(', ')}`,
        hint,
      )
    }
    this.#change((yaml) => yaml.delete(['flavors', type, flavor], { prune: true }))
  }

  addComponent(type: StackComponentType, name: string, entry: ComponentEntry): void {
    this.#checkNew(type, name)
    checkName('flavor', entry.flavor)
    const config = this.#plain(type, name, entry.config)
    this.#change((yaml) => yaml.set(['components', type, name], { flavor: entry.flavor, ...config }))
  }

  updateComponent(
    type: StackComponentType,
    name: string,
    change: { readonly set?: Readonly<Record<string, unknown>>; readonly unset?: readonly string[] },
  ): void {
    const { config } = this.#component(type, name)
    const { unset = [] } = change
    const set = this.#plain(type, name, change.set ?? {})
    for (const key of unset) {
      if (Object.hasOwn(config, key) && key !== 'flavor') continue
      const message = key === 'flavor' ? 'keeps its flavor' : `has no ${quoted(key)} to remove`
      const near = nearestName(key, Object.keys(config))
      throw configError('CONFIG_INVALID', `the ${typeWords(type)} ${name} ${message}`, near && `Did you mean ${near}?`)
    }
    this.#change((yaml) => {
      for (const [key, value] of Object.entries(set)) yaml.set(['components', type, name, key], value)
      for (const key of unset) {
        if (!Object.hasOwn(set, key)) yaml.delete(['components', type, name, key])
      }
    })
  }

  renameComponent(type: StackComponentType, name: string, newName: string): void {
    this.#component(type, name)
    this.#checkNew(type, newName)
    const uses = usesOf(this.#file, type, name)
    this.#change((yaml) => {
      yaml.rename(['components', type, name], newName)
      for (const { path } of uses) yaml.set(path, newName)
    })
  }

  copyComponent(type: StackComponentType, name: string, newName: string): void {
    this.addComponent(type, newName, this.#component(type, name))
  }

  deleteComponent(type: StackComponentType, name: string): void {
    this.#component(type, name)
    const uses = usesOf(this.#file, type, name).filter(({ isDefault }) => !isDefault)
    if (uses.length > 0) throw this.#inUse(type, name, uses)
    this.#change((yaml) => yaml.delete(['components', type, name], { prune: true }))
  }

  addStack(name: string, entry: StackEntry): void {
    checkName('stack', name)
    const path = ['stacks', name]
    if (Object.hasOwn(this.#file.stacks, name)) {
      throw this.#taken(`there is a stack ${name}`, path, `sidestep stack update ${name}`)
    }
    checkStackEntry(this.#file, name, entry)
    this.#change((yaml) => yaml.set(path, Object.fromEntries(partsOf(entry))))
  }

  updateStack(name: string, change: { readonly [K in keyof StackEntry]?: StackEntry[K] | undefined }): void {
    const old = this.#stack(name)
    const wanted = Object.entries({ ...old, ...change }).filter(([, value]) => value !== undefined)
    const entry = Object.fromEntries(wanted) as unknown as StackEntry
    checkStackEntry(this.#file, name, entry)
    const parts = new Map<string, unknown>(partsOf(entry))
    const before = new Map<string, unknown>(partsOf(old))
    this.#change((yaml) => {
      for (const key of Object.values(STACK_KEYS)) {
        if (parts.has(key)) yaml.set(['stacks', name, key], parts.get(key))
        else if (before.has(key)) yaml.delete(['stacks', name, key])
      }
    })
  }

  renameStack(name: string, newName: string): void {
    this.#stack(name)
    checkName('stack', newName)
    if (Object.hasOwn(this.#file.stacks, newName)) {
      throw this.#taken(`there is a stack ${newName}`, ['stacks', newName], `sidestep stack delete ${newName}`)
    }
    const isActive = this.#file.activeStack === name
    this.#change((yaml) => {
      yaml.rename(['stacks', name], newName)
      if (isActive) yaml.set(['active_stack'], newName)
    })
  }

  copyStack(name: string, newName: string): void {
    this.addStack(newName, this.#stack(name))
  }

  deleteStack(name: string): void {
    this.#stack(name)
    // A project has a stack of the built-in one's name even where the file has none.
    if (this.#file.activeStack === name && name !== BUILT_IN_STACK) {
      throw configError(
        'COMPONENT_IN_USE',
        `the stack ${name} is the active one of ${this.#file.place(['active_stack'])}`,
        'Make another the active one first: `sidestep stack set NAME --project`.',
      )
    }
    this.#change((yaml) => yaml.delete(['stacks', name], { prune: true }))
  }

  setActiveStack(name: string | undefined): void {
    if (name !== undefined) {
      if (name !== BUILT_IN_STACK) this.#stack(name)
      this.#change((yaml) => yaml.set(['active_stack'], name))
    } else if (this.#file.activeStack !== undefined) {
      this.#change((yaml) => yaml.delete(['active_stack']))
    }
  }

  /** Makes a change, or none of it: what it leads to is read as the file will be. */
  #change(change: (yaml: YamlText) => void): void {
    const before = this.text
    try {
      change(this.#yaml)
      if (this.text !== before) this.#file = parseProjectFile(this.#path, basename(this.#path), this.text)
    } catch (error) {
      this.#yaml = new YamlText(before, FILE_KEYS)
      if (error instanceof YamlTextError) {
        const hint = 'Make this change in an editor.'
        throw configError('CONFIG_INVALID', `${this.#path} stays as it is: ${error.message}`, hint, error)
      }
      if (!SidestepError.isInstance(error)) throw error
      throw configError(error.code, `nothing was changed: with this, ${messageOf(error)}`, error.hint, error)
    }
  }

  get #name(): string {
    return basename(this.#path)
  }

  #component(type: StackComponentType, name: string): ComponentEntry {
    const components = this.#file.components[type]
    const entry = Object.hasOwn(components, name) ? components[name] : undefined
    if (entry !== undefined) return entry
    const hint = nearest(name, Object.keys(components), `${typeCommand(type)} list`)
    throw configError('COMPONENT_UNKNOWN', `there is no ${typeWords(type)} ${quoted(name)} in ${this.#path}`, hint)
  }

  #stack(name: string): StackEntry {
    const { stacks } = this.#file
    const entry = Object.hasOwn(stacks, name) ? stacks[name] : undefined
    if (entry !== undefined) return entry
    const hint = nearest(name, Object.keys(stacks), 'sidestep stack list')
    throw configError('STACK_UNKNOWN', `there is no stack ${quoted(name)} in ${this.#path}`, hint)
  }

  #checkNew(type: StackComponentType, name: string): void {
    checkName('component', name)
    if (!Object.hasOwn(this.#file.components[type], name)) return
    const path = ['components', type, name]
    throw this.#taken(`there is ${oneOfType(type)} ${name}`, path, `${typeCommand(type)} update ${name}`)
  }

  #taken(what: string, path: YamlPath, command: string): SidestepError {
    return configError(
      'NAME_TAKEN',
      `${what} already, at ${this.#file.place(path)}`,
      `Take another name, or change that one: \`${command}\`.`,
    )
  }

  #inUse(type: StackComponentType, name: string, uses: readonly ComponentUse[]): SidestepError {
    const stacks = uses.map(({ stack, path }) => `${stack} (${this.#file.place(path)})`).join(', ')
    const commands = uses.map(({ stack, release }) => `\`sidestep stack update ${stack} ${release}\``).join(', ')
    return configError(
      'COMPONENT_IN_USE',
      `the ${typeWords(type)} ${name} is used by the ${uses.length === 1 ? 'stack' : 'stacks'} ${stacks}`,
      `Let go of it first: ${commands}.`,
    )
  }

  /** Configuration as it can be written. */
  #plain(type: StackComponentType, name: string, config: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const what = `the ${typeWords(type)} ${name}`
    if (Object.hasOwn(config, 'flavor')) {
      throw configError(
        'CONFIG_INVALID',
        `${what} cannot have the key flavor in its configuration: it names its flavor`,
      )
    }
    const plain = jsonCopy(config) as Record<string, unknown> | undefined
    if (plain === undefined) {
      throw configError('CONFIG_INVALID', `the configuration of ${what} holds something that a file cannot`)
    }
    refuseSecrets(plain, what)
    return plain
  }
}

function nearest(wanted: string, names: readonly string[], command: string): string {
  const near = nearestName(wanted, names)
  return near === undefined ? `\`${command}\` shows those that there are.` : `Did you mean ${near}?`
}
