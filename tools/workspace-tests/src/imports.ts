import { parseSync, Visitor } from 'rolldown/utils'

/** One module that a file names, in whatever way: `import`, `import type`, `export from`, `import()`, `import('…').T`. */
export interface ImportedModule {
  readonly specifier: string
  readonly line: number
}

/** All modules that a TypeScript source names with a literal. Throws on a source that does not parse. */
export function importsOf(source: string, fileName: string): ImportedModule[] {
  const { program, errors } = parseSync(fileName, source)
  const [error] = errors
  if (error !== undefined) throw new Error(`${fileName} does not parse: ${error.message}`)

  const found: ImportedModule[] = []
  const add = (node: { readonly type: string; readonly start: number } | null): void => {
    const specifier = literalText(node)
    if (node !== null && specifier !== undefined) found.push({ specifier, line: lineAt(source, node.start) })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
    TSExternalModuleReference: (node) => add(node.expression),
  }).visit(program)
  return found.toSorted((a, b) => a.line - b.line)
}

/** The package that a specifier names: `@sidestep/core` of `@sidestep/core/job`; undefined for a path or a built-in. */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|\/|node:|#|data:|file:)/.test(specifier)) return undefined
  const [scope = '', name = ''] = specifier.split('/')
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}

function literalText(node: unknown): string | undefined {
  const literal = node as {
    readonly type?: string
    readonly value?: unknown
    readonly quasis?: readonly { readonly value: { readonly cooked: string | null } }[]
  } | null
  if (literal?.type === 'Literal' && typeof literal.value === 'string') return literal.value
  if (literal?.type === 'TemplateLiteral' && literal.quasis?.length === 1) {
    return literal.quasis[0]?.value.cooked ?? undefined
  }
  return undefined
}

function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length
}
