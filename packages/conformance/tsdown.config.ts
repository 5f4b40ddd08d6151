import { library } from '@sidestep/config/tsdown'

export default library({ index: 'src/index.ts', steps: 'src/steps.ts' })
