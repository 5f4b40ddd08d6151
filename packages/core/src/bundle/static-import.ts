import type { SourceTools } from './source-tools.ts'

/** Where a module imports something by a statement, so that it must be there when the module is loaded. */
export function importsStatically(code: string, id: string, specifier: string, tools: SourceTools): boolean {
  const { staticImports, staticExports } = tools.parseSync(id, code).module
  return (
    staticImports.some(({ moduleRequest }) => moduleRequest.value === specifier) ||
    staticExports.some(({ entries }) => entries.some(({ moduleRequest }) => moduleRequest?.value === specifier))
  )
}
