import type MagicString from 'magic-string'
import type { ESTree } from 'rolldown/utils'

import { CORE_IN_JOBS } from './entry.ts'
import type { SourceTools } from './source-tools.ts'

const LAUNCHER_ONLY = new Set(['load', 'configSchema', 'settingsSchema'])

/** What a module's text must hold for {@link withoutFlavorLoaders} to have work. */
export const DEFINES_FLAVOR: RegExp = /\bdefineFlavor\b/

/**
 * Makes `load` and the schemas of the flavors that a module defines a throw: they belong to the launcher, and behind them
 * lie its SDKs, which must not travel to the job. `undefined` where there is nothing to do.
 */
export function withoutFlavorLoaders(code: string, id: string, tools: SourceTools): MagicString | undefined {
  const parsed = tools.parseSync(id, code)
  const callee = parsed.module.staticImports
    .filter(({ moduleRequest }) => CORE_IN_JOBS.test(moduleRequest.value))
    .flatMap(({ entries }) => entries)
    .find(({ importName }) => importName.name === 'defineFlavor')?.localName.value
  if (callee === undefined) return undefined
  const text = new tools.MagicString(code)
  const visitor = new tools.Visitor({
    CallExpression(call) {
      if (call.callee.type !== 'Identifier' || call.callee.name !== callee) return
      for (const property of propertiesOf(call.arguments[0])) {
        text.overwrite(property.start, property.end, `${nameOf(property)}: async () => { throw new Error(${MESSAGE}) }`)
      }
    },
  })
  visitor.visit(parsed.program)
  return text.hasChanged() ? text : undefined
}

const MESSAGE = JSON.stringify('A flavor is not loaded inside a job: its code stays with the launcher.')

function propertiesOf(argument: ESTree.Argument | undefined): ESTree.ObjectProperty[] {
  const object = withoutTypes(argument)
  if (object?.type !== 'ObjectExpression') return []
  return object.properties
    .filter((property) => property.type === 'Property')
    .filter((it) => LAUNCHER_ONLY.has(nameOf(it)))
}

function withoutTypes(argument: ESTree.Argument | undefined): ESTree.Argument | undefined {
  if (argument?.type === 'TSAsExpression' || argument?.type === 'TSSatisfiesExpression') {
    return withoutTypes(argument.expression)
  }
  return argument?.type === 'ParenthesizedExpression' ? withoutTypes(argument.expression) : argument
}

function nameOf({ key, computed }: ESTree.ObjectProperty): string {
  if (key.type === 'Identifier' && !computed) return key.name
  return key.type === 'Literal' ? String(key.value) : ''
}
