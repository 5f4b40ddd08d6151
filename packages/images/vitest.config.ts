import { tests } from '@sidestep/config/vitest'

export default tests({ workers: 3, isolated: false })
