import { library } from '@sidestep/config/tsdown'

export default library(
  { index: 'src/index.ts', integration: 'src/integration.ts', runtime: 'src/runtime.ts' },
  { bundles: ['zod'] },
)
