import { tests } from '@sidestep/config/vitest'

export default tests({ workers: 3, isolated: false, setupFiles: ['test/docker/after-each-file.ts'] })
