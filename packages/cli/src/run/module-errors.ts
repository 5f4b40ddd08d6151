import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
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
  if (thrown instanceof SyntaxError) {
    return configError('MODULE_LOAD_FAILED', `${shown} cannot be loaded: ${thrown.message}`, syntaxHint(thrown), thrown)
  }
  return configError(
    'MODULE_LOAD_FAILED',
    `${shown} threw while it was loaded: ${messageOf(thrown)}`,
    'What a pipeline needs while it runs belongs into its function or its steps.',
    thrown,
  )
}

function syntaxHint(error: SyntaxError): string | undefined {
  if (codeOf(error) === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return 'Node runs TypeScript by erasing types. Turn on erasableSyntaxOnly in tsconfig.json to see such places.'
  }
  return error.message.includes('does not provide an export named')
    ? 'Check the name. A type is imported with `import type`: at run time it is not there.'
    : undefined
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
