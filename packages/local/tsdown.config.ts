import { fileURLToPath } from 'node:url'
import { library } from '@sidestep/config/tsdown'

export default library(
  {
    index: 'src/index.ts',
    integration: 'src/integration.ts',
    runtime: 'src/runtime.ts',
    supervisor: 'src/supervisor.ts',
  },
  {
    // As files of their own, a hundred, they take longer to load than all else that a component needs.
    bundles: ['fastest-levenshtein', 'zod'],
    alias: {
      'fastest-levenshtein': fileURLToPath(new URL('esm/mod.js', import.meta.resolve('fastest-levenshtein'))),
    },
    together: {
      // What a list of flavors loads.
      flavors: ['src/local.ts', 'src/local-artifact-store.ts'],
      // What the schemas are made with.
      'schema-tools': [
        'src/absolute-path.ts',
        'src/make-config-schema.ts',
        'src/milliseconds.ts',
        'src/strict-object.ts',
      ],
    },
  },
)
