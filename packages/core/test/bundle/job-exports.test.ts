import { expect, test } from 'vitest'

async function entry(name: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(`../../src/${name}.ts`)) as Readonly<Record<string, unknown>>
}

// In a bundle, each of these is the job entry: what it lacks, a user's module could not import there.
test.each(['index', 'flavor', 'project'])('the job entry has every value of the entry %s', async (name) => {
  const job = await entry('job')
  const values = Object.entries(await entry(name))
  expect(values.length).toBeGreaterThan(3)
  expect(values.map(([key]) => key).filter((key) => !Object.hasOwn(job, key))).toEqual([])
  for (const [key, value] of values)
    if (typeof value !== 'function' && typeof value !== 'object') expect(job[key]).toBe(value)
})
