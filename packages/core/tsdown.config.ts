import { fileURLToPath } from 'node:url'
import { library } from '@sidestep/config/tsdown'

export default library(
  {
    index: 'src/index.ts',
    job: 'src/job.ts',
    environment: 'src/environment/place-packages.ts',
    files: 'src/files.ts',
    flavor: 'src/flavor.ts',
    process: 'src/process.ts',
    project: 'src/project.ts',
  },
  // As files of their own, hundreds, they take long to load.
  {
    bundles: ['kysely', 'yaml'],
    // Its ES modules: those for Node.js are CommonJS, and import `node:process`, which takes longer than to parse a file.
    alias: { yaml: fileURLToPath(new URL('browser/index.js', import.meta.resolve('yaml/package.json'))) },
  },
)
