import { existsSync, realpathSync } from 'node:fs'
import { isBuiltin, registerHooks, type ResolveHookContext } from 'node:module'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A folder, and what belongs to it. */
interface Places {
  /** Of the job: what is imported from files outside of it and of its packages is nobody's business here. */
  readonly jobFolder: string
  /** Of the job's packages, without symbolic links; `undefined` where the job has none. */
  readonly packages: string | undefined
}

/**
 * Lets the code of a job import the packages of the job's own environment, and no others. The job's folder lies inside
 * of the project, so Node.js would climb up and find the project's packages: the step would run here, and nowhere else.
 */
export function guardImports(jobFolder: string): void {
  const folder = realpathSync(jobFolder)
  const nodeModules = join(folder, 'node_modules')
  const places = { jobFolder: folder, packages: existsSync(nodeModules) ? realpathSync(nodeModules) : undefined }
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const name = packageName(specifier)
      if (name === undefined || !isOurs(context.parentURL, places)) return nextResolve(specifier, context)
      let url: string | undefined
      try {
        const resolved = nextResolve(specifier, context)
        if (isAllowed(resolved.url, name, places)) return resolved
        url = resolved.url
      } catch (error) {
        // The package is there, and something in it is not: Node.js says best what.
        if (packageFolder(name, places) !== undefined) throw error
      }
      throw refusal(name, context, { url, places })
    },
  })
}

/** The package that a bare specifier names; `undefined` for relative ones, URLs, `#internal` and built-in modules. */
export function packageName(specifier: string): string | undefined {
  if (isBuiltin(specifier)) return undefined
  return /^(?:@[^/\\%.][^/\\%]*\/)?[^./\\%#@][^/\\%:]*(?=\/|$)/.exec(specifier)?.[0]
}

function isOurs(parentUrl: string | undefined, { jobFolder, packages }: Places): boolean {
  const parent = pathOf(parentUrl)
  return parent !== undefined && (isWithin(parent, jobFolder) || (packages !== undefined && isWithin(parent, packages)))
}

function isAllowed(url: string, name: string, places: Places): boolean {
  const path = pathOf(url)
  if (path === undefined) return true
  const { jobFolder, packages } = places
  if (isWithin(path, jobFolder) || (packages !== undefined && isWithin(path, packages))) return true
  // A package that was installed as a link to a folder of the project.
  const linked = packageFolder(name, places)
  return linked !== undefined && isWithin(path, linked)
}

function packageFolder(name: string, { packages }: Places): string | undefined {
  const folder = packages === undefined ? undefined : join(packages, name)
  return folder !== undefined && existsSync(folder) ? realpathSync(folder) : undefined
}

/** With the code that packages look for where they can do without another one. */
function refusal(
  name: string,
  { parentURL, conditions }: ResolveHookContext,
  { url, places }: { readonly url: string | undefined; readonly places: Places },
): Error {
  const elsewhere =
    url === undefined
      ? ''
      : ` The one in ${pathOf(url) ?? url} belongs to the project, and would be missing anywhere else.`
  const code = conditions.includes('require') ? 'MODULE_NOT_FOUND' : 'ERR_MODULE_NOT_FOUND'
  const message =
    `the package ${name} is not in this step's environment${importer(parentURL, places)}. ` +
    `Add it to docker.requirements of the step.${elsewhere}`
  return Object.assign(new Error(message), { code })
}

/** A package that asks for another one. The step itself is one file here, which is not the user's: no need to name it. */
function importer(parentUrl: string | undefined, { packages }: Places): string {
  const parent = pathOf(parentUrl)
  return parent !== undefined && packages !== undefined && isWithin(parent, packages) ? ` (${parent} asks for it)` : ''
}

function pathOf(url: string | undefined): string | undefined {
  return url?.startsWith('file:') === true ? fileURLToPath(url) : undefined
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder + sep)
}
