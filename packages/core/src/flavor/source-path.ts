import { configError, type SidestepError } from '../errors.ts'
import { quoted } from '../stack/component-name.ts'

/** `./src/my-operator.ts#MyStepOperator` or `package#export`. */
export interface SourcePath {
  /** A path that begins with `./` or `../`, relative to the project's folder, or a package with or without a subpath. */
  readonly module: string
  /** Name of the export. */
  readonly export: string
}

const FORMS =
  'Write a file of the project and what it exports, `./src/my-operator.ts#MyStepOperator`, or a package and what it exports, `my-package#MyStepOperator`.'
const LONGEST = 1_000
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u
/** As npm takes them for new packages; older ones may have capitals. */
const PACKAGE = /^(?:@[a-z0-9~_-][a-z0-9~._-]*\/)?[a-z0-9~_-][a-z0-9~._-]*$/i

/** Throws a `FLAVOR_INVALID` error that shows both forms where the text is neither. */
export function parseSourcePath(text: string): SourcePath {
  const mark = text.lastIndexOf('#')
  if (text.length > LONGEST) throw invalid(text, `has ${text.length} characters, more than ${LONGEST}`)
  if (mark === -1) throw invalid(text, 'does not say what the module exports: it has no #')
  const [module, name] = [text.slice(0, mark), text.slice(mark + 1)]
  if (name === '') throw invalid(text, 'names no export after its #')
  if (!IDENTIFIER.test(name)) throw invalid(text, `names ${quoted(name)} as the export, which no module can export so`)
  const wrong = wrongWithModule(module)
  if (wrong !== undefined) throw invalid(text, wrong)
  return { module, export: name }
}

/** True where the module is a file of the project; else it is a package. */
export function isFilePath(module: string): boolean {
  return module.startsWith('./') || module.startsWith('../')
}

/** Name and subpath (`.` or `./sub`) of a package with or without a subpath. */
export function splitSpecifier(specifier: string): { readonly name: string; readonly subpath: string } {
  const parts = specifier.split('/')
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  return { name, subpath: `.${specifier.slice(name.length)}` }
}

function wrongWithModule(module: string): string | undefined {
  if (module === '') return 'names no module before its #'
  if (/[\p{Cc}\p{Cs}]/u.test(module)) return 'holds a character that no path has'
  if (module.includes('\\')) return 'has a backslash: paths are written with /'
  if (/^[a-z][a-z0-9+.-]+:/i.test(module)) return 'is a URL'
  if (/^(?:\/|~\/|[a-z]:\/)/i.test(module)) return 'is an absolute path: it must be relative to the project, `./…`'
  if (isFilePath(module))
    return module.endsWith('/') || module.endsWith('/.') || module.endsWith('..') ? 'names a folder' : undefined
  const { name, subpath } = splitSpecifier(module)
  if (!PACKAGE.test(name)) return `is no path that begins with \`./\`, and ${quoted(name)} is no name of a package`
  const parts = subpath.split('/').slice(1)
  return parts.some((part) => part === '' || part === '.' || part === '..')
    ? `names ${quoted(module)}, which is no subpath of a package`
    : undefined
}

function invalid(text: string, why: string): SidestepError {
  return configError('FLAVOR_INVALID', `the source path ${quoted(text)} ${why}`, FORMS)
}
