import { join } from 'node:path'

import type { Lock, TargetPlatform } from '@sidestep/core'
import type { ImageRecipe } from '@sidestep/core/component'

import type { BaseFolders } from '../base/base-folders.ts'
import { placedOnBase, placement } from '../base/place-on-base.ts'
import type { LayerCache } from '../layer/layer-cache.ts'
import { nodeModulesEntries } from '../layer/layer-of-node-modules.ts'
import type { Layer } from '../layer/layer.ts'
import { SIDESTEP_FOLDER } from '../layer/step-files.ts'

/** Where packages are kept, and who waits. */
export interface NpmLayerOptions {
  readonly layers: LayerCache
  /** Those of the base. */
  readonly folders: BaseFolders
  /** `.sidestep`: locks and installed packages lie below it. */
  readonly home: string
  readonly signal: AbortSignal
  readonly report: (line: string) => void
}

/** The lock of what a step needs; `undefined` where it needs nothing. Rejects with core's errors of requirements. */
export async function lockOf(
  { bundle, projectFolder }: ImageRecipe,
  { home, signal, report }: Omit<NpmLayerOptions, 'layers' | 'folders'>,
): Promise<Lock | undefined> {
  const { requirements } = bundle
  if (requirements.length === 0) return undefined
  // All of core: most images need none of it.
  const { resolveLock } = await import('@sidestep/core')
  return resolveLock(requirements, {
    projectFolder,
    folder: join(home, 'locks'),
    signal,
    onResolve: () => report('resolving npm packages'),
    onSilence: report,
    origin: 'docker.requirements',
  })
}

/** Whether any package of a lock is for one kind of machine only, so that it matters which C library the image has. */
export function hasNativePackages(lock: Lock): boolean {
  const { packages = {} } = JSON.parse(lock.text) as { packages?: Record<string, Record<string, unknown>> }
  return Object.values(packages).some(({ os, cpu, libc }) => [os, cpu, libc].some((it) => it !== undefined))
}

/** The packages of a lock that have install scripts and are for this platform, sorted. Pure. */
export function packagesWithScripts(
  lock: Pick<Lock, 'text'>,
  { os, cpu }: Pick<TargetPlatform, 'os' | 'cpu'>,
): string[] {
  const { packages = {} } = JSON.parse(lock.text) as { packages?: Record<string, LockedPackage> }
  const isFor = (list: readonly string[] | undefined, name: string): boolean =>
    list === undefined || (!list.includes(`!${name}`) && list.some((it) => it === name || it.startsWith('!')))
  const found = Object.entries(packages).flatMap(([path, it]) =>
    path !== '' && it.hasInstallScript === true && isFor(it.os, os) && isFor(it.cpu, cpu)
      ? [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)]
      : [],
  )
  return [...new Set(found)].toSorted()
}

interface LockedPackage {
  readonly hasInstallScript?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
}

/** What the layer's content follows from. Packages without native parts are the same for every machine. */
export function npmInputs(lock: Lock, platform: TargetPlatform): object {
  return { kind: 'npm', lock: lock.sha256, manifest: lock.manifest, ...(hasNativePackages(lock) ? { platform } : {}) }
}

/** The layer of a lock's packages, installed for the image's machines. Rejects with npm's errors. */
export async function npmLayer(
  { projectFolder }: ImageRecipe,
  lock: Lock,
  platform: TargetPlatform,
  { layers, folders, home, signal, report }: NpmLayerOptions,
): Promise<Layer> {
  const inputs = { ...npmInputs(lock, platform), ...placement(SIDESTEP_FOLDER, folders) }
  const entries = async () => {
    report(`installing npm packages for ${platform.os} ${platform.cpu} (${platform.libc})`)
    const silent = packagesWithScripts(lock, platform)
    if (silent.length > 0) report(`install scripts are not run: ${silent.join(', ')} must do without`)
    const { installLock } = await import('@sidestep/core')
    const folder = await installLock(lock, {
      folder: join(home, 'environments'),
      projectFolder,
      signal,
      platform,
      onOutput: report,
      origin: 'docker.requirements',
    })
    return placedOnBase(nodeModulesEntries(folder, { signal }), folders)
  }
  return layers.layer({ inputs, entries }, { signal })
}
