import { library } from '@sidestep/config/tsdown'

export default library({ index: 'src/index.ts', job: 'src/job.ts', process: 'src/process.ts' })
