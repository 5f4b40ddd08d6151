import { rolldown } from 'rolldown'
const b = await rolldown({ input: '/work/main/packages/core/src/artifact/encode-input.ts', platform: 'node' })
const { output } = await b.generate({ format: 'esm' })
console.log(output[0].code.length, 'bytes;', output[0].imports)
