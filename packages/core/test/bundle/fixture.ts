import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { onTestFinished } from 'vitest'

import { bundleModule, type Bundle, type BundleOptions } from '../../src/bundle/bundle-module.ts'

/** A job entry that is small, and shows who is evaluated when. It speaks the protocol of `--list-steps`. */
const JOB = `
import { resolveBareImportsFrom } from './resolve-from.ts'
const steps = []
export function step(config, run) { steps.push(config.name); return Object.assign(run, { stepName: config.name }) }
export function defineFlavor(description) { return Object.assign((config) => description.load(config), description) }
export function pipeline(name) {
  return { run() { throw Object.assign(new Error('the pipeline ' + name + ' starts while its module is loaded'), { code: 'PIPELINE_IN_JOB' }) } }
}
export async function main({ artifactStore, stepOperators, load }) {
  console.log('parent:', artifactStore.storeName, Object.values(stepOperators).map((it) => it.operatorName).join())
  if (process.argv.includes('--list-steps')) return list(load)
  if (process.argv.includes('--load')) globalThis.loaded = await load()
  if (process.argv.includes('--call')) console.log('result:', await globalThis.loaded.run())
}
async function list(load) {
  if (process.env.SIDESTEP_RESOLVE_FROM !== undefined) resolveBareImportsFrom(process.env.SIDESTEP_RESOLVE_FROM)
  const print = (listing) => process.stdout.write('\\n\\u001e' + JSON.stringify(listing) + '\\n')
  try {
    await load()
    print({ steps })
    process.exit(0)
  } catch (error) {
    const { name, message, stack, ...properties } = error
    print({ error: { name: error.name, message: error.message, stack: error.stack.replaceAll(import.meta.dirname + '/', ''), properties: { ...properties, code: error.code } } })
    process.exit(1)
  }
}
`

export type Files = Readonly<Record<string, string>>

export interface Workshop {
  readonly folder: string
  /** The project's folder. */
  readonly project: string
  write(files: Files): Promise<void>
  bundle(module: string, options?: Partial<BundleOptions>): Promise<Bundle>
}

export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-bundle-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** A project with the given files, and a stand-in for core and the runtimes of a stack beside it. */
export async function workshop(files: Files, folder?: string): Promise<Workshop> {
  const root = folder ?? (await temporaryFolder())
  const project = join(root, 'project')
  const write = async (written: Files): Promise<void> => writeFiles(project, written)
  await write({ 'package.json': '{ "name": "project", "type": "module" }', ...files })
  await writeFiles(join(root, 'core'), {
    'package.json': '{ "name": "@sidestep/core", "type": "module" }',
    'job.ts': JOB,
    'store.ts': "export const storeName: string = 'a-store'",
    'operator.ts': "export const operatorName: string = 'an-operator'",
  })
  await cp(new URL('../../src/bundle/resolve-from.ts', import.meta.url), join(root, 'core/resolve-from.ts'))
  const bundle = async (module: string, options: Partial<BundleOptions> = {}): Promise<Bundle> =>
    bundleModule({
      module: join(project, module),
      external: [],
      artifactStoreRuntime: join(root, 'core/store.ts'),
      stepOperatorRuntimes: { local: join(root, 'core/operator.ts') },
      folder: join(root, 'bundles'),
      jobEntry: join(root, 'core/job.ts'),
      ...options,
    })
  return { folder: root, project, write, bundle }
}

async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}

/** Files of an installed package. */
export function installed(name: string, index: string, manifest: object = {}): Files {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({
      name,
      version: '1.2.3',
      exports: './index.js',
      type: 'module',
      ...manifest,
    }),
    [`node_modules/${name}/index.js`]: index,
  }
}

export interface Ran {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Runs a bundle where it lies, with the project's packages beside it where they are given. */
export async function run(path: string, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--enable-source-maps', path, ...args],
      { timeout: 20_000 },
      (error, stdout, stderr) => {
        resolve({ stdout, stderr, exitCode: error === null ? 0 : Number(error.code ?? 1) })
      },
    )
  })
}
