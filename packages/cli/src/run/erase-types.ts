import module, { type LoadFnOutput } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'rolldown/utils'

let registered = false

/**
 * From now on the types of the user's TypeScript are erased by the compiler of the bundler, which bundling needs anyway:
 * Node's own takes longer to start than all else that a command does. What it cannot compile is left to Node, which says
 * why.
 */
export function eraseTypes(): void {
  if (registered) return
  registered = true
  module.setSourceMapsSupport(true, { nodeModules: false, generatedCode: false })
  module.registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      return loaded.format === 'module-typescript' ? erased(url, loaded) : loaded
    },
  })
}

function erased(url: string, loaded: LoadFnOutput): LoadFnOutput {
  if (loaded.source === undefined) return loaded
  const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source)
  const { code, map, errors } = transformSync(fileURLToPath(url), source, {
    sourcemap: true,
    tsconfig: false,
    // As Node does: what is imported is there, or is imported as a type.
    typescript: { onlyRemoveTypeImports: true },
  })
  if (errors.length > 0) return loaded
  return { ...loaded, format: 'module', source: withSourceMap(code, map) }
}

/** The code with its map, in which Node looks for the places of errors. */
export function withSourceMap(code: string, map: object | undefined): string {
  const encoded = Buffer.from(JSON.stringify(map)).toString('base64')
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`
}
