import { afterAll } from 'vitest'

import { removeImages } from './engine.ts'

// Files share their modules, and so an image; a machine that stays would keep those of each run.
afterAll(removeImages)
