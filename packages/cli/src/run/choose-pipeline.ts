import { configError, isPipeline, type Pipeline } from '@sidestep/core'

/**
 * The pipeline that `sidestep run FILE` means: the default export, else the only exported one. Throws a `config`
 * error with what there is otherwise.
 */
export function choosePipeline(exports: Readonly<Record<string, unknown>>, file: string): Pipeline<unknown, unknown> {
  const chosen = exports['default']
  if (isPipeline(chosen)) return chosen
  const named = Object.entries(exports).filter(([, value]) => isPipeline(value))
  const [only, ...others] = new Set(named.map(([, value]) => value as Pipeline<unknown, unknown>))
  if (only !== undefined && others.length === 0) return only
  if (only !== undefined) {
    throw configError(
      'MODULE_LOAD_FAILED',
      `${file} exports several pipelines: ${named.map(([name]) => name).join(', ')}`,
      'Make the one to run the default export.',
    )
  }
  throw configError('MODULE_LOAD_FAILED', `${file} exports no pipeline`, hintFor(exports))
}

function hintFor(exports: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(exports)
  if (typeof exports['default'] === 'function' && !('stepName' in exports['default'])) {
    return "Its default export is a plain function: write `export default pipeline('name', async (input) => { … })`."
  }
  const found = names.length === 0 ? 'It exports nothing' : `It exports ${names.join(', ')}`
  return `${found}. Write \`export default pipeline('name', async (input) => { … })\`, with pipeline from @sidestep/core.`
}
