import { library } from '@sidestep/config/tsdown'

export default library(
  {
    index: 'src/index.ts',
    integration: 'src/integration.ts',
    runtime: 'src/runtime.ts',
    supervisor: 'src/supervisor.ts',
  },
  // What a list of flavors loads.
  { together: { flavors: ['src/local.ts', 'src/local-artifact-store.ts'] } },
)
