import { dirname, join, resolve } from 'node:path'

import { configError, type SidestepError } from '../errors.ts'
import { FlavorRegistry, type FlavorSources } from '../flavor/flavor-registry.ts'
import type { ImportModule } from '../flavor/load-source.ts'
import { nearestName } from '../nearest-name.ts'
import type { ComponentRef, StackComponentType } from '../stack/component.ts'
import { quoted } from '../stack/component-name.ts'
import { homeFolder, nearestFolder } from '../stack/home-folder.ts'
import { Stack } from '../stack/stack.ts'
import { typeWords } from '../stack/component-type.ts'
import { BUILT_IN_STACK } from './built-in-stack.ts'
import { loadDefaultStack } from './default-stack.ts'
import { pathText } from '../yaml/mistakes.ts'
import { placedComponent, placedError } from './placed-component.ts'
import { findProjectFile, PROJECT_FILE, readFlavorSources, readProjectFile, type ProjectFile } from './project-file.ts'

/** Which project, and how its modules are loaded. */
export interface OpenProjectOptions {
  /** Where the project is looked for upwards. Default: the working directory. */
  readonly cwd?: string
  /** Default: this process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Files or file URLs from which packages are looked for last. */
  readonly packagesFrom?: readonly string[]
  /** Imports the modules of flavors. Default: as Node does. */
  readonly importModule?: ImportModule
}

/** The active stack, and who says so. */
export interface ActiveStack {
  /** Of the stack. */
  readonly name: string
  /** `choice`: the user's own, in the home folder. `file`: `active_stack` of sidestep.yaml. */
  readonly from: 'SIDESTEP_STACK' | 'choice' | 'file' | 'built-in'
}

/** A project's sidestep.yaml, with the flavors that it can use. Everything is read on first use, once. */
export interface Project {
  /** Of the nearest sidestep.yaml, else package.json, upwards; else the working directory. */
  readonly folder: string
  /** `.sidestep`, or what SIDESTEP_HOME says. It need not exist. */
  readonly home: string
  /** Path of sidestep.yaml: where it is, or where it would be. */
  readonly path: string
  /** `undefined` where there is no sidestep.yaml. Rejects as `readProjectFile` does. */
  file(): Promise<ProjectFile | undefined>
  /** The flavors that it can use. Rejects as `readProjectFile` does where the file registers some. */
  registry(): Promise<FlavorRegistry>
  /** The same for a list, which imports less: see `descriptors` of {@link RegistryOptions}. */
  listing(): Promise<FlavorRegistry>
  /** Rejects with `STACK_UNKNOWN` where what is chosen does not exist. */
  activeStack(): Promise<ActiveStack>
  /**
   * The user's own choice, kept in the home folder. `undefined` takes it back. Rejects with `STACK_UNKNOWN`, or with
   * `CONFIG_INVALID` where it cannot be kept.
   */
  chooseStack(name: string | undefined): Promise<void>
  /** Those of the file in their order, and the built-in one. */
  stackNames(): Promise<readonly string[]>
  /**
   * A stack of the file, or the built-in one. Only its own flavors are imported, and no component is loaded. Rejects
   * with `STACK_UNKNOWN` and the nearest name.
   */
  stack(name: string): Promise<Stack>
  /** One component of the file. Rejects with `COMPONENT_UNKNOWN` and the nearest name. */
  component<T extends StackComponentType>(type: T, name: string): Promise<ComponentRef<T>>
}

/** The project of a folder. Nothing is read yet, and nothing is made. */
export function openProject(options: OpenProjectOptions = {}): Project {
  return new OpenedProject(options)
}

class OpenedProject implements Project {
  readonly folder: string
  readonly home: string
  readonly path: string
  readonly #cwd: string
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #packagesFrom: readonly string[]
  readonly #importModule: ImportModule | undefined
  readonly #hasFile: boolean
  #file: Promise<ProjectFile> | undefined
  #registry: Promise<FlavorRegistry> | undefined

  constructor({ cwd = process.cwd(), environment = process.env, packagesFrom = [], importModule }: OpenProjectOptions) {
    this.#cwd = resolve(cwd)
    this.#environment = environment
    this.#packagesFrom = packagesFrom
    this.#importModule = importModule
    const file = findProjectFile(this.#cwd)
    this.#hasFile = file !== undefined
    this.folder = file === undefined ? (nearestFolder(this.#cwd, ['package.json']) ?? this.#cwd) : dirname(file)
    this.path = file ?? join(this.folder, PROJECT_FILE)
    this.home = homeFolder({ cwd: this.#cwd, environment })
  }

  async file(): Promise<ProjectFile | undefined> {
    if (!this.#hasFile) return undefined
    this.#file ??= readProjectFile(this.path)
    return this.#file
  }

  async registry(): Promise<FlavorRegistry> {
    this.#registry ??= this.#openRegistry('all')
    return this.#registry
  }

  async listing(): Promise<FlavorRegistry> {
    return this.#openRegistry('if-needed')
  }

  async activeStack(): Promise<ActiveStack> {
    const asked = this.#environment['SIDESTEP_STACK'] ?? ''
    if (asked !== '') {
      await this.#checkStack(
        asked,
        'SIDESTEP_STACK names',
        'Or unset it. One that is exported by the file of a pipeline counts where that file is named.',
      )
      return { name: asked, from: 'SIDESTEP_STACK' }
    }
    // What only lists flavors does not wait for it.
    const { readChoice } = await import('./active-choice.ts')
    const chosen = await readChoice(this.home)
    if (chosen !== undefined) {
      await this.#checkStack(chosen, 'you have chosen', '`sidestep stack set NAME` chooses another.')
      return { name: chosen, from: 'choice' }
    }
    const file = await this.file()
    if (file?.activeStack !== undefined) return { name: file.activeStack, from: 'file' }
    return { name: BUILT_IN_STACK, from: file !== undefined && BUILT_IN_STACK in file.stacks ? 'file' : 'built-in' }
  }

  async chooseStack(name: string | undefined): Promise<void> {
    if (name !== undefined) await this.#checkStack(name)
    const { writeChoice } = await import('./active-choice.ts')
    await writeChoice(this.home, name)
  }

  async stackNames(): Promise<readonly string[]> {
    return [...new Set([...Object.keys((await this.file())?.stacks ?? {}), BUILT_IN_STACK])]
  }

  async stack(name: string): Promise<Stack> {
    const file = await this.file()
    const entry = file?.stacks[name]
    if (entry === undefined) {
      await this.#checkStack(name)
      return loadDefaultStack(this.home, [...this.#manifests(), ...this.#packagesFrom])
    }
    const { artifactStore, containerRegistry, imageBuilder, stepOperators, defaultStepOperator } = entry
    const operators = Object.create(null) as Record<string, ComponentRef<'step_operator'>>
    for (const operator of stepOperators) operators[operator] = await this.component('step_operator', operator)
    return new Stack({
      name,
      artifactStore: await this.component('artifact_store', artifactStore),
      stepOperators: operators,
      ...(containerRegistry === undefined
        ? {}
        : { containerRegistry: await this.component('container_registry', containerRegistry) }),
      ...(imageBuilder === undefined ? {} : { imageBuilder: await this.component('image_builder', imageBuilder) }),
      ...(defaultStepOperator === undefined ? {} : { defaultStepOperator }),
    })
  }

  async component<T extends StackComponentType>(type: T, name: string): Promise<ComponentRef<T>> {
    const file = await this.file()
    const entry = file?.components[type][name]
    if (file === undefined || entry === undefined) throw this.#unknownComponent(type, name, file)
    const path = ['components', type, name]
    const placed = (at: readonly string[]): string => `${file.place(at)} ${pathText(path)}`
    const registry = await this.registry()
    try {
      const flavor = await registry.get(type, entry.flavor)
      return placedComponent(flavor(entry.config), placed(path))
    } catch (error) {
      throw placedError(error, placed([...path, 'flavor']))
    }
  }

  async #flavorSources(): Promise<FlavorSources | undefined> {
    if (!this.#hasFile) return undefined
    return this.#file === undefined ? readFlavorSources(this.path) : (await this.#file).flavors
  }

  async #openRegistry(descriptors: 'all' | 'if-needed'): Promise<FlavorRegistry> {
    const sources = await this.#flavorSources()
    const [, ...others] = this.#manifests()
    return FlavorRegistry.open({
      projectFolder: this.folder,
      packagesFrom: [...others, ...this.#packagesFrom],
      descriptors,
      ...(sources === undefined ? {} : { sources }),
      ...(this.#importModule === undefined ? {} : { importModule: this.#importModule }),
    })
  }

  /** Where packages are looked for: in a package below the folder of sidestep.yaml, that package's own come next. */
  #manifests(): readonly string[] {
    const folders = [this.folder, nearestFolder(this.#cwd, ['package.json']) ?? this.#cwd]
    return [...new Set(folders)].map((folder) => join(folder, 'package.json'))
  }

  async #checkStack(name: string, who?: string, remedy?: string): Promise<void> {
    const names = await this.stackNames()
    if (names.includes(name)) return
    const near = nearestName(name, names)
    const there = `There is: ${names.map((known) => this.#withOrigin(known, names)).join(', ')}.`
    throw configError(
      'STACK_UNKNOWN',
      who === undefined
        ? `there is no stack ${quoted(name)}`
        : `${who} the stack ${quoted(name)}, and there is none of that name`,
      [near === undefined ? undefined : `Did you mean ${near}?`, there, remedy]
        .filter((part) => part !== undefined)
        .join(' '),
    )
  }

  #withOrigin(name: string, names: readonly string[]): string {
    return name === BUILT_IN_STACK && names.at(-1) === name ? `${name} (this machine)` : name
  }

  #unknownComponent(type: StackComponentType, name: string, file: ProjectFile | undefined): SidestepError {
    const message = `there is no ${typeWords(type)} ${quoted(name)} in ${this.path}`
    if (file === undefined) {
      return configError('COMPONENT_UNKNOWN', `${message}: there is no such file`, '`sidestep init` makes one.')
    }
    const names = Object.keys(file.components[type])
    const near = nearestName(name, names)
    const there = names.length === 0 ? `It has no ${typeWords(type)} yet.` : `It has: ${names.join(', ')}.`
    return configError('COMPONENT_UNKNOWN', message, near === undefined ? there : `Did you mean ${near}? ${there}`)
  }
}
