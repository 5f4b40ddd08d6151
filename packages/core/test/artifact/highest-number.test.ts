import { expect, test } from 'vitest'

import { highestNumber } from '../../src/artifact/highest-number.ts'

test('the highest of numbers without gaps is found with few questions', async () => {
  for (let count = 0; count <= 130; count += 1) {
    let questions = 0
    const exists = async (n: number): Promise<boolean> => {
      questions += 1
      return n >= 1 && n <= count
    }
    expect(await highestNumber(exists)).toBe(count)
    expect(questions).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count + 2)) + 1)
  }
})
