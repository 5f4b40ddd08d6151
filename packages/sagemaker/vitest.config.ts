import { tests } from '@sidestep/config/vitest'

export default tests({ isolated: false })
