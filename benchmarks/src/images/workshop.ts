import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { buildPackages, PackedProject } from '@sidestep/config/packed-project'
import { nodeBaseAt } from '@sidestep/containers/addresses'

import { runProgram } from './run-program.ts'

/** What is built, by a program of its own. */
export interface ReadyImage {
  readonly bundle: string
  readonly home: string
  readonly parentImage: string
  /** `host:port/path` */
  readonly uri: string
  readonly files?: readonly string[]
  readonly requirements?: readonly string[]
}

/** What a round changes in the source, and what the image prints. */
export const FIRST_VERSION = 'version-0-'

const PIPELINE = `import { pipeline, step } from '@sidestep/core'

console.log('${FIRST_VERSION}')

export const hello = step({ name: 'hello', stepOperator: true, docker: { requirements: [] } }, (name: string) => \`hello \${name}\`)

export default pipeline('bench', async (name: string) => hello(name))
`

function projectFile(registry: string, path: string): string {
  return `components:
  artifact_store: { lake: { flavor: local } }
  step_operator: { box: { flavor: docker }, here: { flavor: local } }
  image_builder: { images: { flavor: oci, parentImage: '${nodeBaseAt(registry)}' } }
  container_registry: { near: { flavor: oci, uri: '${registry}/${path}' } }
stacks:
  boxed: { artifact_store: lake, image_builder: images, container_registry: near, step_operators: [box] }
  plain: { artifact_store: lake, step_operators: [here] }
active_stack: boxed
`
}

/** A project that has the packages as they are published, and what is measured in it. */
export class Workshop {
  readonly registry: string
  /** Path in the registry below which everything is pushed: another one for each benchmark. */
  readonly path: string = `bench-${process.pid}-${Date.now().toString(36)}`
  readonly #project: PackedProject = new PackedProject()
  readonly #bin: string = join(this.#project.folder, 'node_modules/.bin/sidestep')

  private constructor(registry: string) {
    this.registry = registry
  }

  /** Builds, packs and installs the packages. */
  static async open(registry: string): Promise<Workshop> {
    await buildPackages()
    const workshop = new Workshop(registry)
    const project = workshop.#project
    await project.install()
    workshop.pushTo(registry)
    for (const script of ['build-image.js', 'install-packages.js']) {
      await copyFile(join(import.meta.dirname, script), workshop.file(script))
    }
    return workshop
  }

  /** Lets `sidestep plan` take the base from this address of the registry, and push there. */
  pushTo(registry: string): void {
    this.#project.write('sidestep.yaml', projectFile(registry, this.path))
  }

  get folder(): string {
    return this.#project.folder
  }

  get base(): string {
    return this.baseAt(this.registry)
  }

  /** The base, from a registry as it is reached. */
  baseAt(registry: string): string {
    return nodeBaseAt(registry)
  }

  /** A path of the project. */
  file(path: string): string {
    return join(this.folder, path)
  }

  /** The source of the pipeline, saved. `requirements`: npm packages that its step wants in the image. */
  async savePipeline(version: string, requirements: readonly string[] = []): Promise<void> {
    const source = PIPELINE.replace(FIRST_VERSION, version).replace('[]', JSON.stringify(requirements))
    this.#project.write('src/pipeline.ts', source)
  }

  /** `sidestep plan`: with `build`, the image is pushed. Gives the image, or the bundle that was made. */
  async plan(home: string, options: { readonly build: boolean }): Promise<string> {
    const flags = options.build ? ['--build', '--output', 'json'] : ['--stack', 'plain']
    const environment = { SIDESTEP_HOME: home }
    const { stdout } = await runProgram(process.execPath, [this.#bin, 'plan', 'src/pipeline.ts', ...flags], {
      cwd: this.folder,
      environment,
    })
    if (!options.build) return newestBundle(join(home, 'bundles'))
    const plan = JSON.parse(stdout) as { steps: { image?: { reference?: string } }[] }
    const image = plan.steps[0]?.image?.reference
    if (image === undefined) throw new Error(`the plan has no image:\n${stdout}`)
    return image
  }

  /** Makes and pushes an image in a process of its own. */
  async build(image: ReadyImage): Promise<{ readonly image: string; readonly peakBytes: number; readonly ms: number }> {
    const { stdout, ms } = await this.#script('build-image.js', image)
    return { ...(JSON.parse(stdout) as { image: string; peakBytes: number }), ms }
  }

  /** Installs packages as a first build would, and gives their folder. */
  async install(home: string, requirements: readonly string[]): Promise<string> {
    return (await this.#script('install-packages.js', { home, requirements })).stdout
  }

  /** A folder with a Dockerfile for what stands in it, in the order of what changes least. */
  async context(name: string, parts: readonly string[]): Promise<string> {
    const folder = this.file(join('contexts', name))
    await mkdir(folder, { recursive: true })
    const copies = parts.map((part) => `COPY ${part} /opt/sidestep/${part}`)
    await writeFile(join(folder, 'Dockerfile'), `${[`FROM ${this.base}`, ...copies].join('\n')}\n`)
    return folder
  }

  /** A bundle of this version in place of another one. */
  async bundleOf(version: string, from: string, to: string): Promise<void> {
    await mkdir(dirname(to), { recursive: true })
    await writeFile(to, (await readFile(from, 'utf8')).replaceAll(FIRST_VERSION, version))
  }

  remove(): void {
    this.#project.remove()
  }

  async #script(name: string, argument: object): Promise<{ readonly stdout: string; readonly ms: number }> {
    return runProgram(process.execPath, [this.file(name), JSON.stringify(argument)], { cwd: this.folder })
  }
}

async function newestBundle(folder: string): Promise<string> {
  let newest: { readonly path: string; readonly at: number } | undefined
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.mjs')) continue
    const path = join(folder, name)
    const at = (await stat(path)).mtimeMs
    if (newest === undefined || at > newest.at) newest = { path, at }
  }
  if (newest === undefined) throw new Error(`there is no bundle in ${folder}`)
  return newest.path
}
