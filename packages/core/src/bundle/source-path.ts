import { relative, sep } from 'node:path'

/** The folders that stable paths are relative to. Both are real paths. */
export interface SourceRoots {
  readonly projectFolder: string
  readonly coreFolder: string
}

/**
 * The name of a source that is the same on every machine: `src/pipeline.ts` in the project, `node_modules/zod/index.js`
 * of a package wherever it is installed, `@sidestep/core/src/job.ts` of core.
 */
export function sourcePath(file: string, { projectFolder, coreFolder }: SourceRoots): string {
  const path = withoutQuery(file)
  const [, inPackages] = splitAtPackage(path) ?? []
  const inCore = pathWithin(path, coreFolder)
  if (inCore !== undefined && !inCore.includes('node_modules/')) return `@sidestep/core/${inCore}`
  if (inPackages !== undefined) return `node_modules/${inPackages}`
  return relative(projectFolder, path).split(sep).join('/')
}

/** The folder and the name of the installed package that a file belongs to; `undefined` outside of node_modules. */
export function packageOf(file: string): { readonly folder: string; readonly name: string } | undefined {
  const [before, after] = splitAtPackage(withoutQuery(file)) ?? []
  const name = after === undefined ? undefined : packageNameOf(after)
  return name === undefined ? undefined : { folder: `${before}/node_modules/${name}`, name }
}

/** `@scope/name` of `@scope/name/deep/file.js`; `undefined` for what is no package name, such as `./a` or `node:fs`. */
export function packageNameOf(specifier: string): string | undefined {
  return /^(?:@[^/:]+\/)?[^@./:\0][^/:\0]*(?=\/|$)/.exec(specifier)?.[0]
}

function splitAtPackage(path: string): [before: string, after: string] | undefined {
  const at = path.lastIndexOf('/node_modules/')
  return at === -1 ? undefined : [path.slice(0, at), path.slice(at + '/node_modules/'.length)]
}

function pathWithin(path: string, folder: string): string | undefined {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined
}

function withoutQuery(id: string): string {
  const at = id.indexOf('?')
  return at === -1 ? id : id.slice(0, at)
}
