import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunEvent } from '@sidestep/core'
import { parsePenguins } from '../src/penguins.ts'
import penguins, { type Trained } from '../src/pipeline.ts'
import { stratifiedSplit } from '../src/split.ts'

const SEED = 7
let home: string

beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-penguins-')))
  process.env['SIDESTEP_HOME'] = home
})

afterAll(async () => {
  delete process.env['SIDESTEP_HOME']
  await rm(home, { recursive: true, force: true })
})

test(
  'tells held-out penguins apart with a model that was trained in an environment of its own',
  { timeout: 120_000 },
  async () => {
    const module = new URL('../src/pipeline.ts', import.meta.url).href
    const run = penguins.start({ seed: SEED }, { module })
    const events: RunEvent[] = []
    for await (const event of run.events()) events.push(event)
    const { accuracy, trained } = await run.result()
    const { predictions, ranIn } = JSON.parse(await readFile(new URL(trained), 'utf8')) as Trained

    // From the data itself: what the pipeline says of its own accuracy proves nothing.
    const json = await readFile(new URL('../data/penguins.json', import.meta.resolve('vega-datasets')), 'utf8')
    const { penguins: rows, dropped } = parsePenguins(json)
    expect([rows.length, dropped]).toEqual([342, 2])
    const { heldOut } = stratifiedSplit(rows, { classOf: (row) => row.species, heldOutShare: 0.2, seed: SEED })
    const right = heldOut.filter((penguin, index) => penguin.species === predictions[index])
    expect(accuracy).toBe(right.length / heldOut.length)
    expect(accuracy).toBeGreaterThanOrEqual(0.95)

    const ended = events.find((event) => event.type === 'step.succeeded' && event.stepName === 'train')
    const job = ended?.type === 'step.succeeded' ? ended.process : undefined
    expect(ranIn.pid).toBe(job?.pid)
    expect(ranIn.pid).not.toBe(process.pid)
    expect(() => createRequire(import.meta.url).resolve('ml-random-forest')).toThrow('Cannot find module')
    const packages = await realpath(join(dirname(job?.module ?? ''), 'node_modules'))
    expect(fileURLToPath(ranIn.forestModule)).toBe(join(packages, 'ml-random-forest/random-forest.js'))
    expect(packages).toContain(`${home}/`)
  },
)
