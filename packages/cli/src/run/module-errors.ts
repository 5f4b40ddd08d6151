import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { extname, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { codeOf, configError, messageOf, SidestepError } from '@sidestep/core'

/**
 * What went wrong while the user's module was loaded, as a `config` error that says what to do. The original stays
 * its cause, and with it the place in the user's file.
 */
export function moduleError(
  thrown: unknown,
  { file, cwd }: { readonly file: string; readonly cwd: string },
): SidestepError {
  if (SidestepError.isInstance(thrown)) return thrown
  const shown = relative(cwd, file) || file
  if (codeOf(thrown) === 'ERR_MODULE_NOT_FOUND') return notFound(messageOf(thrown), cwd, thrown)
  if (codeOf(thrown) === 'ERR_INVALID_PACKAGE_CONFIG') {
    const manifest = /package config (.+?)\.?$/.exec(messageOf(thrown))?.[1] ?? 'its package.json'
    return configError(
      'MODULE_LOAD_FAILED',
      `${shown} cannot be loaded: ${relative(cwd, manifest) || manifest} is damaged`,
      'It must hold one JSON object: `npm pkg get` says where it does not.',
      thrown,
    )
  }
  if (thrown instanceof SyntaxError) {
    const hint = syntaxHint(thrown, file)
    return configError('MODULE_LOAD_FAILED', `${shown} cannot be loaded: ${thrown.message}`, hint, thrown)
  }
  return configError(
    'MODULE_LOAD_FAILED',
    `${shown} threw while it was loaded: ${messageOf(thrown)}`,
    'What a pipeline needs while it runs belongs into its function or its steps.',
    thrown,
  )
}

function syntaxHint(error: SyntaxError, file: string): string | undefined {
  if (codeOf(error) === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return 'Node runs TypeScript by erasing types. Turn on erasableSyntaxOnly in tsconfig.json to see such places.'
  }
  if (ONLY_IN_MODULES.test(error.message) && isCommonJs(file)) {
    const extension = extname(file) === '.js' ? '.mjs' : '.mts'
    return `The project is "type": "commonjs". Run npm pkg set type=module, or rename the file to ${extension}.`
  }
  return error.message.includes('does not provide an export named')
    ? 'Check the name. A type is imported with `import type`: at run time it is not there.'
    : 'Correct the file: nothing of it was run.'
}

/** What V8 says of the syntax of ES modules where it reads CommonJS. */
const ONLY_IN_MODULES =
  /^Cannot use import statement outside|^Unexpected token 'export'|^await is only valid in|import\.meta/

/** Whether Node was told to take the file for CommonJS; untold, it looks for itself. */
function isCommonJs(file: string): boolean {
  const manifest = findPackageJSON(pathToFileURL(file))
  if (manifest === undefined) return false
  const { type } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly type?: unknown }
  return type === 'commonjs'
}

function notFound(message: string, cwd: string, cause: unknown): SidestepError {
  const [, what = '', from = ''] =
    /^Cannot find (?:package|module) '(.+?)'(?: imported from (.+))?$/.exec(message) ?? []
  const importer = relative(cwd, from.startsWith('file:') ? fileURLToPath(from) : from) || from
  if (message.startsWith('Cannot find package')) {
    const name = packageName(what)
    return configError(
      'PACKAGE_NOT_FOUND',
      `${importer} imports the package ${name}, which is not installed`,
      `Install it (npm install ${name}). If only a step needs it, name it in the step's docker.requirements and use ` +
        `\`await import('${name}')\` in the step's body.`,
      cause,
    )
  }
  return configError(
    'MODULE_NOT_FOUND',
    `${importer} imports ${relative(cwd, what) || what}, and there is no such file`,
    'A relative import names a file as seen from the file that holds the import.',
    cause,
  )
}

/** `Cannot find package` names a specifier, or the path of a package's missing entry file. */
function packageName(what: string): string {
  const parts = (what.split('/node_modules/').at(-1) ?? what).split('/')
  return parts.slice(0, parts[0]?.startsWith('@') === true ? 2 : 1).join('/')
}
