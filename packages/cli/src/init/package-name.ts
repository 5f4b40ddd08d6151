import { configError } from '@sidestep/core/project'

const MAX_LENGTH = 214
/** What npm takes as the name of a new package. */
const NAME = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/
const RESERVED: ReadonlySet<string> = new Set(['node_modules', 'favicon.ico'])

/** Throws `NAME_INVALID` where npm would not take it. */
export function checkPackageName(name: string): void {
  if (name.length <= MAX_LENGTH && NAME.test(name) && !RESERVED.has(name)) return
  throw configError(
    'NAME_INVALID',
    `${JSON.stringify(name.slice(0, 80))} cannot be the name of a package`,
    `Take small letters, digits, dots, dashes and underscores, at most ${MAX_LENGTH}: --name ${packageNameFrom(name)}`,
  )
}

/** A valid name that looks like the text; `pipelines` where nothing is left of it. */
export function packageNameFrom(text: string): string {
  const name = text
    .normalize('NFKD')
    .replaceAll(/\p{Mark}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[._-]+|[._-]+$/g, '')
    .slice(0, MAX_LENGTH)
  return name === '' || RESERVED.has(name) ? 'pipelines' : name
}
