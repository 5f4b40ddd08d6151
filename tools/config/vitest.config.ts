import { tests } from './src/vitest.ts'

export default tests()
