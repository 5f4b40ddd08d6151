import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { packageOf } from './source-path.ts'

export interface NativePackage {
  readonly name: string
  readonly version: string
}

interface PackageManifest {
  readonly version?: string
  readonly gypfile?: boolean
  readonly binary?: unknown
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const PLATFORM = /(?:^|[-_/.])(?:linux|darwin|win32|freebsd|android|linuxmusl)(?:$|[-_/.])/
const FILES_OF_NATIVE_PACKAGES = ['binding.gyp', 'prebuilds']

/**
 * The packages with native parts among those that the given files belong to, by folder. Such a package works only as it
 * was installed for its machine, so it is never bundled.
 */
export function findNativePackages(files: Iterable<string>): Map<string, NativePackage> {
  const looked = new Set<string>()
  const found = new Map<string, NativePackage>()
  for (const file of files) {
    const { folder, name } = packageOf(file) ?? {}
    if (folder === undefined || name === undefined) continue
    const hasNativeFile = file.endsWith('.node')
    if (found.has(folder) || (looked.has(folder) && !hasNativeFile)) continue
    looked.add(folder)
    const manifest = readManifest(folder)
    if (hasNativeFile || hasNativeParts(folder, manifest)) {
      found.set(folder, { name, version: manifest.version ?? '0.0.0' })
    }
  }
  return found
}

function readManifest(folder: string): PackageManifest {
  const file = join(folder, 'package.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PackageManifest) : {}
}

function hasNativeParts(folder: string, { gypfile, binary, optionalDependencies = {} }: PackageManifest): boolean {
  return (
    gypfile === true ||
    (typeof binary === 'object' && binary !== null) ||
    Object.keys(optionalDependencies).some((name) => PLATFORM.test(name)) ||
    FILES_OF_NATIVE_PACKAGES.some((name) => existsSync(join(folder, name)))
  )
}
