import { mkdir } from 'node:fs/promises'

import fc from 'fast-check'
import { expect, it } from 'vitest'

import { JobFolder } from '../src/job/job-folder.ts'
import { readProviderLog } from '../src/operator/provider-log.ts'
import { BoundedLog } from '../src/supervisor/bounded-log.ts'
import { temporaryFolder } from './support/folders.ts'

const chunks = fc.array(fc.stringMatching(/^[a-cé\n]{0,12}$/), { maxLength: 20 })

it('whatever is printed in whatever pieces is read back, or its end where it was too much', async () => {
  const root = await temporaryFolder()
  let n = 0
  await fc.assert(
    fc.asyncProperty(
      chunks,
      fc.integer({ min: 16, max: 64 }),
      fc.integer({ min: 1, max: 32 }),
      async (pieces, fileSize, pageSize) => {
        const folder = new JobFolder(`${root}/${(n += 1)}`)
        await mkdir(folder.path)
        const log = new BoundedLog(folder, fileSize)
        for (const piece of pieces) log.append(piece)
        log.close()
        const whole = Buffer.from(pieces.join(''))
        const begin = (await folder.providerLogOffsets())[0] ?? 0
        let cursor = '0'
        let read = ''
        for (let more = true; more;) {
          const page = await readProviderLog(folder, cursor, { ended: true, pageSize })
          expect(Number(page.cursor)).toBeGreaterThanOrEqual(Number(cursor))
          read += page.lines.join('\n')
          cursor = page.cursor
          more = page.more
        }
        expect(Number(cursor)).toBe(Math.max(whole.length, begin))
        expect(whole.length - begin).toBeLessThanOrEqual(2 * fileSize + 24)
        const plain = (text: string): string => text.replaceAll(/[\n\ufffdé]/g, '')
        expect(plain(read)).toBe(plain(whole.subarray(begin).toString('utf8')))
      },
    ),
    { numRuns: 60 },
  )
})
