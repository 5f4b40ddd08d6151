import { library } from '@sidestep/config/tsdown'

export default library({ index: 'src/index.ts' }, { bundles: ['modern-tar'] })
