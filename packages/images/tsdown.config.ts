import { fileURLToPath } from 'node:url'
import { library } from '@sidestep/config/tsdown'

export default library(
  { index: 'src/index.ts', integration: 'src/integration.ts' },
  // As files of their own, a hundred, they take longer to load than an image takes to make.
  {
    bundles: ['fastest-levenshtein', 'is-network-error', 'modern-tar', 'p-retry', 'zod'],
    alias: {
      'fastest-levenshtein': fileURLToPath(new URL('esm/mod.js', import.meta.resolve('fastest-levenshtein'))),
    },
  },
)
