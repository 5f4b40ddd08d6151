import { program } from '@sidestep/config/tsdown'

export default program({ bin: 'src/bin.ts' }, { lazy: ['string-width'] })
