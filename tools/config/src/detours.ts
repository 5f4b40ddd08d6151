import type { Rolldown } from 'tsdown'

/** All that is in a chunk that only passes on what another one exports by the same names. */
const DETOUR = /^export ?\{([\w$, ]+)\} ?from ?"(\.\/[^"]+)";?\s*(?:\/\/# sourceMappingURL=\S*\s*)?$/

/**
 * Imports from the chunk itself where another only passes its exports on: a module that is imported dynamically gets such
 * a file of its own when it is in a chunk with others.
 */
export function withoutDetours(): Rolldown.Plugin {
  return {
    name: 'without-detours',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((it) => it.type === 'chunk')
      const ways = new Map<string, string>()
      for (const { fileName, code, isEntry } of chunks) {
        const [, names = '', target] = DETOUR.exec(code) ?? []
        if (!isEntry && target !== undefined && !names.includes(' as ')) ways.set(`./${fileName}`, target)
      }
      for (const chunk of chunks) {
        for (const [detour, target] of ways) chunk.code = chunk.code.replaceAll(detour, target)
      }
      for (const detour of ways.keys()) {
        Reflect.deleteProperty(bundle, detour.slice(2))
        Reflect.deleteProperty(bundle, `${detour.slice(2)}.map`)
      }
    },
  }
}
