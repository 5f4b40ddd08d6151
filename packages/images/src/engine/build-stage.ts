import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { SidestepError, type BuildImageOptions, type ContainerRegistry } from '@sidestep/core/component'

import { buildOnce } from '../builder/build-once.ts'
import type { Registries } from '../distribution/registries.ts'
import type { Target } from '../builder/target.ts'
import type { Digest } from '../distribution/digest.ts'
import { formatReference } from '../distribution/reference.ts'
import { isLoopback } from '../distribution/registry-host.ts'
import type { LayerEntry } from '../layer/layer.ts'
import { writeContext } from './build-context.ts'
import { buildFailure } from './build-failure.ts'
import { clientEnvironment } from './client-config.ts'
import type { Engine } from './find-engine.ts'
import { runProgram } from './run-program.ts'

/** One image that an engine makes. */
export interface BuildStage {
  readonly tag: string
  readonly platform: string
  /** How people know its Dockerfile. */
  readonly origin: string
  readonly dockerfile: string
  readonly entries: readonly LayerEntry[]
  /** Build, whatever there is. */
  readonly anew: boolean
}

/** With what it is made. */
export interface BuildStageOptions extends BuildImageOptions {
  readonly registry: ContainerRegistry<any>
  readonly registries: Registries
  readonly target: Target
  /** Asked where something has to be built. */
  readonly engine: () => Promise<Engine>
}

/** Beside the Dockerfile: BuildKit goes by it before any other. */
const IGNORE_FILE = 'Dockerfile.dockerignore'

/** Of what a client printed, for a message. */
const KEPT_LINES = 500

/** The name, with its digest, of a stage's image, which is built and pushed unless the registry has it. */
export async function buildStage(stage: BuildStage, options: BuildStageOptions): Promise<string> {
  const { target, registries, signal } = options
  const repository = registries.repository(target, { push: true })
  const find = async (): Promise<Digest | undefined> => (await repository.manifest(stage.tag, { signal }))?.digest
  const make = async (partialPrefix: string): Promise<Digest> => {
    await buildAndPush(stage, `${partialPrefix}${crypto.randomUUID()}`, options)
    const pushed = await find()
    if (pushed !== undefined) return pushed
    throw new SidestepError(`the engine has pushed ${nameOf(stage, target)}, and the registry does not have it`, {
      code: 'REGISTRY_FAILED',
      kind: 'infra',
      hint: 'Look whether the engine means the same registry: the loopback of another machine is not this one.',
    })
  }
  const digest = await buildOnce({ target, tag: stage.tag, ...(stage.anew ? {} : { find }), make }, options)
  return formatReference({ ...target, digest })
}

/** @param folder Is made, for this user alone, and removed. */
async function buildAndPush(stage: BuildStage, folder: string, options: BuildStageOptions): Promise<void> {
  const { target, registry, signal, report } = options
  const found = await options.engine()
  const login = await registry.login({ signal })
  const name = nameOf(stage, target)
  await mkdir(folder, { mode: 0o700 })
  try {
    const context = join(folder, 'context')
    await mkdir(context)
    await writeContext(stage.entries, context, { signal })
    await writeFile(join(folder, 'Dockerfile'), stage.dockerfile)
    // In place of what the context may have of the project's own, which is not for every Dockerfile.
    await writeFile(join(folder, IGNORE_FILE), '# What stays out was not put in.\n')
    const logged = { registry: target.registry, login, folder: join(folder, 'client') }
    const engine = { ...found, environment: await clientEnvironment(found, logged) }
    report(`building the environment of ${stage.origin} with ${engine.program}`)
    await build(stage, { engine, folder, context, name, signal, report })
    await registry.createRepository(target.repository, { signal })
    await push(name, { engine, target, signal, report })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Client = Pick<BuildImageOptions, 'signal' | 'report'> & { readonly engine: Engine }

async function build(
  { origin, dockerfile, platform, anew }: BuildStage,
  { engine, folder, context, name, ...by }: Client & { folder: string; context: string; name: string },
): Promise<void> {
  const podman = ['--ignorefile', join(folder, IGNORE_FILE), ...(isLocal(name) ? ['--tls-verify=false'] : [])]
  const flags = [
    ...(engine.kind === 'docker' ? ['--progress', 'plain'] : podman),
    ...(anew ? ['--no-cache'] : []),
    '--platform',
    platform,
    '--file',
    join(folder, 'Dockerfile'),
    '--tag',
    name,
  ]
  const { code, output } = await run(engine, ['build', ...flags, context], by)
  if (code !== 0) throw buildFailure({ origin, dockerfile, output })
}

async function push(name: string, { engine, target, ...by }: Client & { readonly target: Target }): Promise<void> {
  const plain = engine.kind === 'podman' && isLocal(name) ? ['--tls-verify=false'] : []
  const { code, output } = await run(engine, ['push', ...plain, name], by)
  if (code === 0) return
  const said = output.at(-1) ?? ''
  const isLogin = /unauthorized|authentication required|denied|no basic auth|forbidden/iu.test(said)
  throw new SidestepError(`the engine cannot push to ${target.registry}/${target.repository}: ${said}`, {
    code: 'REGISTRY_FAILED',
    kind: isLogin ? 'auth' : 'infra',
    hint: isLogin
      ? `Log in by \`docker login ${target.registry}\`, as someone who may push there.`
      : 'Look whether the engine reaches the registry: the loopback of another machine is not this one.',
  })
}

async function run(
  { program, environment }: Engine,
  args: readonly string[],
  { signal, report }: Pick<BuildImageOptions, 'signal' | 'report'>,
): Promise<{ readonly code: number | null; readonly output: readonly string[] }> {
  const output: string[] = []
  const onLine = (line: string): void => {
    output.push(line)
    if (output.length > 2 * KEPT_LINES) output.splice(0, KEPT_LINES)
    const told = lineForPeople(line)
    if (told !== '') report(told)
  }
  const { code } = await runProgram({ program, args, environment }, { signal, onLine })
  return { code, output: output.filter((line) => line.trim() !== '') }
}

/** Without BuildKit's separators, times and the digests of its own steps, and without a push's layers one by one. Pure. */
export function lineForPeople(line: string): string {
  if (/^#\d+ sha256:[0-9a-f]{64}\b/u.test(line)) return ''
  if (/^[0-9a-f]{12}: (?:Preparing|Waiting|Pushed|Layer already exists|Mounted from .*)$/u.test(line)) return ''
  return line.replace(/^(#\d+) \d+\.\d+ /u, '$1 ').trimEnd()
}

function nameOf({ tag }: BuildStage, target: Target): string {
  return formatReference({ ...target, tag })
}

function isLocal(name: string): boolean {
  return isLoopback(new URL(`http://${name.split('/')[0]}`).hostname)
}
