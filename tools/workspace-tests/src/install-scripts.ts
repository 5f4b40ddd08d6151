import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readManifest, type Manifest } from './repository.ts'

/** `protobufjs` only prints a note in its script; a provider's SDK brings it. */
const tolerated = new Set(['protobufjs'])

const installScripts = ['preinstall', 'install', 'postinstall'] as const

/**
 * The packages that `npm install` of the package in `folder` would run a script of. npm blocks such scripts by default
 * and warns every user about them.
 */
export function installScriptProblems(folder: string): string[] {
  const problems = new Map<string, string>()
  const seen = new Set<string>()
  const walk = (packageFolder: string, path: readonly string[]): void => {
    if (seen.has(packageFolder)) return
    seen.add(packageFolder)
    const manifest = readManifest(packageFolder)
    const reason = path.length === 0 ? undefined : whyItRuns(packageFolder, manifest)
    if (reason !== undefined && !tolerated.has(manifest.name)) {
      problems.set(manifest.name, `${path.join(' > ')}: has ${reason}`)
    }
    for (const { name, required } of dependenciesOf(manifest)) {
      const dependency = findInstalled(packageFolder, name)
      if (dependency !== undefined) walk(dependency, [...path, name])
      else if (required) problems.set(`${manifest.name} ${name}`, `${[...path, name].join(' > ')}: is not installed`)
    }
  }
  walk(realpathSync(folder), [])
  return [...problems.values()]
}

function whyItRuns(folder: string, manifest: Manifest): string | undefined {
  const script = installScripts.find((name) => manifest.scripts?.[name] !== undefined)
  if (script !== undefined) return `a script "${script}"`
  return existsSync(join(folder, 'binding.gyp')) ? 'a binding.gyp' : undefined
}

function dependenciesOf(manifest: Manifest): { name: string; required: boolean }[] {
  const optional = Object.keys(manifest.optionalDependencies ?? {})
  return [
    ...Object.keys(manifest.dependencies ?? {}).map((name) => ({ name, required: !optional.includes(name) })),
    ...[...optional, ...Object.keys(manifest.peerDependencies ?? {})].map((name) => ({ name, required: false })),
  ]
}

/** Looks where Node looks: in every `node_modules` upwards. */
function findInstalled(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
    if (at === dirname(at)) return undefined
  }
}
