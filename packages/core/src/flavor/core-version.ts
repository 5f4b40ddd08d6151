import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { flavorError } from './flavor-error.ts'
import { nearestManifest, parseManifest, textsOf, type PackageManifest } from './package-manifest.ts'

const CORE = '@sidestep/core'

/** Throws a `FLAVOR_INVALID` error where a package was made for another version of core than the one that is running. */
export async function checkCoreVersion({ peerDependencies }: PackageManifest, packageName: string): Promise<void> {
  const range = textsOf(peerDependencies).get(CORE)
  if (range === undefined) return
  const version = coreVersion()
  if (await satisfies(version, range)) return
  throw flavorError(
    packageName,
    `was made for ${CORE} ${range}, and this is ${version}`,
    `npm install ${packageName}@latest ${CORE}@latest, so that they fit. Or the version of one that the other names.`,
  )
}

let known: string | undefined

/** Of the copy that is running. */
export function coreVersion(): string {
  known ??= readVersion()
  return known
}

function readVersion(): string {
  const around = nearestManifest(import.meta.dirname)
  const own = around === undefined ? undefined : parseManifest(around.text)
  if (own?.name === CORE) return String(own.version)
  // This is part of a bundle: the package is asked for by its name. To ask always would load what `require` needs.
  const path = createRequire(import.meta.url).resolve(`${CORE}/package.json`)
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version
}

/** Whether a version is in a range of a package.json. What is no range (a tag, a URL, a file) is taken to fit. */
export async function satisfies(version: string, range: string): Promise<boolean> {
  // A workspace has one copy.
  if (range.startsWith('workspace:')) return true
  const easy = satisfiesCaret(version, range)
  if (easy !== undefined) return easy
  const { default: semver } = await import('semver')
  if (semver.validRange(range) === null) return true
  return semver.satisfies(version, range, { includePrerelease: true })
}

/** The usual case, without loading anything; `undefined` where it is another. */
function satisfiesCaret(version: string, range: string): boolean | undefined {
  if (range === '*' || range === version || range === `^${version}`) return true
  const parts = (text: string): number[] | undefined =>
    /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(text)?.slice(1).map(Number)
  const has = parts(version)
  const asks = range.startsWith('^') ? parts(range.slice(1)) : undefined
  if (has === undefined || asks === undefined) return undefined
  const fixed = asks.findIndex((part) => part > 0)
  const last = fixed === -1 ? 2 : fixed
  if (asks.slice(0, last + 1).some((part, index) => part !== has[index])) return false
  const differs = asks.findIndex((part, index) => part !== has[index])
  return differs === -1 || (has[differs] ?? 0) > (asks[differs] ?? 0)
}
