import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'

import type { ESTree } from 'rolldown/utils'

import { loadSourceTools } from './source-tools.ts'

/** The places that a configuration's `paths` and `baseUrl` give to a specifier, found or not. */
export type PathMapping = (specifier: string) => readonly string[]

export interface TypeScriptConfigs {
  /** Of every configuration, also those that are extended or referenced, there or not. */
  readonly paths: readonly string[]
  readonly mappings: readonly PathMapping[]
}

interface Config {
  readonly extends?: unknown
  readonly references?: unknown
  readonly compilerOptions?: { readonly baseUrl?: unknown; readonly paths?: unknown; readonly rootDirs?: unknown }
}

/** Reads what the bundler may read of TypeScript's configurations; `undefined` where something is not understood. */
export async function readTypeScriptConfigs(files: readonly string[]): Promise<TypeScriptConfigs | undefined> {
  const paths = new Set<string>()
  const mappings: PathMapping[] = []
  const left = [...files]
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (paths.has(file)) continue
    paths.add(file)
    if (!existsSync(file)) continue
    const config = await valueOf(readFileSync(file, 'utf8'))
    const others = config === undefined ? undefined : otherConfigs(config, file)
    if (config === undefined || others === undefined || config.compilerOptions?.rootDirs !== undefined) return undefined
    left.push(...others)
    mappings.push(mappingOf(config, dirname(file)))
  }
  return { paths: [...paths], mappings }
}

function otherConfigs(config: Config, file: string): readonly string[] | undefined {
  const { extends: base = [], references = [] } = config
  const named = Array.isArray(base) ? base : [base]
  const referenced = Array.isArray(references)
    ? references.map((it: { path?: unknown } | null) => it?.path)
    : [references]
  const found = [
    ...named.map((name) => (typeof name === 'string' ? extendedConfig(name, file) : undefined)),
    ...referenced.map((path) => (typeof path === 'string' ? configAt(resolve(dirname(file), path)) : undefined)),
  ]
  return found.every((it) => it !== undefined) ? found : undefined
}

function extendedConfig(name: string, file: string): string | undefined {
  if (isAbsolute(name) || /^\.{1,2}(?:\/|$)/.test(name)) return configAt(resolve(dirname(file), name))
  const { resolve: find } = createRequire(file)
  for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`]) {
    try {
      return find(candidate)
    } catch {
      // Then it is meant in one of the other ways, or in none.
    }
  }
  return undefined
}

function configAt(path: string): string | undefined {
  const candidates = [path, `${path}.json`, join(path, 'tsconfig.json')]
  return candidates.find((it) => statSync(it, { throwIfNoEntry: false })?.isFile())
}

function mappingOf({ compilerOptions = {} }: Config, folder: string): PathMapping {
  const { baseUrl, paths } = compilerOptions
  const base = typeof baseUrl === 'string' ? resolve(folder, baseUrl) : undefined
  const patterns = typeof paths === 'object' && paths !== null ? Object.entries(paths) : []
  return (specifier) => [
    ...(base === undefined ? [] : [join(base, specifier)]),
    ...patterns.flatMap(([pattern, targets]) => {
      const matched = matchedBy(pattern, specifier)
      if (matched === undefined || !Array.isArray(targets)) return []
      return targets.map((target) =>
        resolve(
          base ?? folder,
          String(target).replace('*', () => matched),
        ),
      )
    }),
  ]
}

function matchedBy(pattern: string, specifier: string): string | undefined {
  const [before = '', after] = pattern.split('*')
  if (after === undefined) return specifier === pattern ? '' : undefined
  const isMatch =
    specifier.length >= before.length + after.length && specifier.startsWith(before) && specifier.endsWith(after)
  return isMatch ? specifier.slice(before.length, specifier.length - after.length) : undefined
}

async function valueOf(text: string): Promise<Config | undefined> {
  const value = await parseLoosely(text.replace(/^\uFEFF/, ''))
  return typeof value === 'object' && value !== null ? value : undefined
}

/** JSON with comments and trailing commas is an expression of JavaScript. */
async function parseLoosely(text: string): Promise<unknown> {
  try {
    return JSON.parse(text)
  } catch {
    const { parseSync } = await loadSourceTools()
    const { program, errors } = parseSync('tsconfig.js', `(${text}\n)`)
    const [statement] = program.body
    if (errors.length > 0 || statement?.type !== 'ExpressionStatement') return undefined
    return literalOf(statement.expression)
  }
}

function literalOf(expression: ESTree.Expression | ESTree.SpreadElement | null): unknown {
  switch (expression?.type) {
    case 'ParenthesizedExpression':
      return literalOf(expression.expression)
    case 'Literal':
      return expression.value
    case 'ArrayExpression':
      return expression.elements.map(literalOf)
    case 'ObjectExpression':
      return Object.fromEntries(
        expression.properties.flatMap((property) =>
          property.type === 'Property' && property.key.type === 'Literal'
            ? [[String(property.key.value), literalOf(property.value as ESTree.Expression)]]
            : [],
        ),
      )
    default:
      return undefined
  }
}
