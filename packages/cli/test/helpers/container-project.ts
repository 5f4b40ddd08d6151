import { cp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { docker, NODE_BASE } from '@sidestep/containers'

import { createProject, type Project } from './project.ts'
import { sidestep } from './sidestep.ts'

const PACKAGES = fileURLToPath(new URL('../../../', import.meta.url))
const PENGUINS = fileURLToPath(new URL('../../../../examples/penguins/', import.meta.url))

export interface ContainerStack {
  /** Where images go: `127.0.0.1:5000/steps`. */
  readonly registry: string
  /** Of the image builder. Default: `oci` on the base image of the tests. */
  readonly builder?: object
  /** More of the step operator's configuration. */
  readonly operator?: object
}

/** A sidestep.yaml whose active stack runs steps in containers. More stacks differ in what they name. */
export function containerStack(
  stack: ContainerStack,
  more: Readonly<Record<string, Partial<ContainerStack>>> = {},
): string {
  const all = Object.entries({ boxed: stack, ...more }).map(
    ([name, changes]) => [name, { ...stack, ...changes }] as const,
  )
  const each = (make: (stack: ContainerStack) => object): object =>
    Object.fromEntries(all.map(([name, it]) => [name, make(it)]))
  // JSON is YAML.
  return JSON.stringify({
    components: {
      artifact_store: { lake: { flavor: 'local' } },
      step_operator: each(({ operator = {} }) => ({ flavor: 'docker', ...operator })),
      image_builder: each(({ builder = {} }) => ({ flavor: 'oci', parentImage: NODE_BASE, ...builder })),
      container_registry: each(({ registry }) => ({ flavor: 'oci', uri: registry })),
    },
    stacks: Object.fromEntries(
      all.map(([name]) => [
        name,
        { artifact_store: 'lake', step_operators: [name], image_builder: name, container_registry: name },
      ]),
    ),
    active_stack: 'boxed',
  })
}

/** A user's project with `@sidestep/images` installed, too. */
export async function createContainerProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const dependencies = { '@sidestep/core': '*', '@sidestep/images': '*', '@sidestep/local': '*' }
  const project = await createProject({
    'package.json': JSON.stringify({ name: 'project', type: 'module', dependencies }),
    ...files,
  })
  await symlink(join(PACKAGES, 'images'), join(project.folder, 'node_modules/@sidestep/images'))
  return project
}

/** The example of the penguins, as a user's project of its own. */
export async function createPenguins(stack: ContainerStack): Promise<Project> {
  const project = await createContainerProject({ 'sidestep.yaml': containerStack(stack) })
  await cp(join(PENGUINS, 'src'), join(project.folder, 'src'), { recursive: true })
  await symlink(join(PENGUINS, 'node_modules/vega-datasets'), join(project.folder, 'node_modules/vega-datasets'))
  return project
}

/** The images of a step's attempts, from the record of a run. */
export async function imagesOf(run: string, step: string, { folder }: Project): Promise<readonly unknown[]> {
  const { stdout } = await sidestep(['runs', 'show', run, '--output', 'json'], { cwd: folder })
  const { steps } = JSON.parse(stdout) as {
    readonly steps: readonly { readonly name: string; readonly attempts: readonly { readonly image?: unknown }[] }[]
  }
  return steps.filter(({ name }) => name === step).flatMap(({ attempts }) => attempts.map(({ image }) => image))
}

/** The names of a run's containers, running or not. */
export async function containersOf(run: string): Promise<string> {
  return docker(['ps', '--all', '--quiet', '--filter', `label=dev.sidestep.run=${run}`])
}
