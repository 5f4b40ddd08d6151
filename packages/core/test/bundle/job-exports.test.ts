import { expect, test } from 'vitest'

// In a bundle, each of these is the job entry: what it lacks, a user's module could not import there.
test.each(['index', 'flavor', 'project'])('the job entry has every value of the entry %s', async (entry) => {
  const job = Object.keys((await import('../../src/job.ts')) as object)
  const values = Object.keys((await import(`../../src/${entry}.ts`)) as object)
  expect(values.length).toBeGreaterThan(3)
  expect(values.filter((name) => !job.includes(name))).toEqual([])
})
