// The command of the step `right`: `node count.ts <input> <output>`
import { readFileSync, writeFileSync } from 'node:fs'

import { sumOf } from './numbers.ts'
import { talk } from './talk.ts'

const [, , input = '', output = ''] = process.argv
const job = JSON.parse(readFileSync(input, 'utf8')) as {
  readonly numbers: readonly number[]
  readonly folder: string
  readonly lines: number
}
const sum = await talk('right', job, () => sumOf('right', job.numbers))
writeFileSync(output, JSON.stringify(sum))
