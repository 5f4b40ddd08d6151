import { randomBytes } from 'node:crypto'
import { cp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { docker, NODE_BASE } from '@sidestep/containers'
import { onTestFinished } from 'vitest'

import { createProject, type Project } from './project.ts'
import { sidestepEach } from './sidestep.ts'

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

/** What npm needs to reach its registry from here: certificates, proxies, and where that registry is. */
export function networkEnvironment(): Readonly<Record<string, string>> {
  const names =
    /^(?:NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR)|(?:HTTPS?|NO)_PROXY|npm_config_(?:registry|cafile|cache))$/iu
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      names.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  )
}

/** The images of all attempts of a step, from the record of each run. */
export async function imagesOf(
  runs: readonly string[],
  step: string,
  { folder }: Project,
): Promise<readonly (readonly unknown[])[]> {
  const shown = await sidestepEach(
    runs.map((run) => ['runs', 'show', run, '--output', 'json']),
    { cwd: folder },
  )
  return shown.map(({ stdout }) => {
    const { steps } = JSON.parse(stdout) as ShownRun
    return steps.filter(({ name }) => name === step).flatMap(({ attempts }) => attempts.map(({ image }) => image))
  })
}

interface ShownRun {
  readonly steps: readonly { readonly name: string; readonly attempts: readonly { readonly image?: unknown }[] }[]
}

/** The ids of a run's containers, one a line: those that run, or with those that have ended. */
export async function containersOf(run: string, { ended = false } = {}): Promise<string> {
  return docker(['ps', '--quiet', ...(ended ? ['--all'] : []), '--filter', `label=dev.sidestep.run=${run}`])
}

/** The id of a run whose containers are removed when the test is over, whatever it left. */
export function runOfContainers(): string {
  const run = `test-${randomBytes(6).toString('hex')}`
  onTestFinished(async () => {
    const ids = (await containersOf(run, { ended: true })).split('\n').filter((id) => id !== '')
    if (ids.length > 0) await docker(['rm', '--force', '--volumes', ...ids])
  })
  return run
}
