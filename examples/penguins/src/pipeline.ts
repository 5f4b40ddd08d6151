import { readFile } from 'node:fs/promises'
import { pipeline, step } from '@sidestep/core'
import { accuracyOf, confusionMatrix } from './confusion.ts'
import { parsePenguins, SPECIES, type Measurements, type Penguin, type Species } from './penguins.ts'
import { stratifiedSplit } from './split.ts'

/** Runs in this process, like every step without a step operator. */
export const load = step({ name: 'load' }, async (_input, { log }): Promise<Penguin[]> => {
  const file = new URL('../data/penguins.json', import.meta.resolve('vega-datasets'))
  const { penguins, dropped } = parsePenguins(await readFile(file, 'utf8'))
  log(`${penguins.length} penguins; ${dropped} without measurements were dropped`)
  return penguins
})

export interface TrainInput {
  readonly training: readonly Penguin[]
  /** Of the held-out penguins: their species stays behind. */
  readonly unknown: readonly Measurements[]
}

export interface Trained {
  readonly model: object
  readonly predictions: readonly Species[]
  readonly ranIn: { readonly pid: number; readonly forestModule: string }
}

/** Runs in an environment of its own: the launcher has no ml-random-forest. */
export const train = step(
  {
    name: 'train',
    stepOperator: true,
    docker: { requirements: ['ml-random-forest@2.1.0'] },
    timeouts: { run: '5m' },
  },
  async ({ training, unknown }: TrainInput, { log }): Promise<Trained> => {
    const { RandomForestClassifier } = await import('ml-random-forest')
    const forest = new RandomForestClassifier({ seed: 42, nEstimators: 50 })
    forest.train(
      training.map((penguin) => penguin.measurements),
      training.map((penguin) => SPECIES.indexOf(penguin.species)),
    )
    log(`trained 50 trees on ${training.length} penguins`)
    return {
      // Plain data: its trees are instances of classes, which nobody could read back.
      model: JSON.parse(JSON.stringify(forest)) as object,
      predictions: forest.predict(unknown).map((label) => SPECIES[label] as Species),
      ranIn: { pid: process.pid, forestModule: import.meta.resolve('ml-random-forest') },
    }
  },
)

export const evaluate = step(
  { name: 'evaluate' },
  ({ trained, species }: { readonly trained: Trained; readonly species: readonly Species[] }) => {
    const confusion = confusionMatrix(species, trained.predictions)
    return { accuracy: accuracyOf(confusion), confusion }
  },
)

export default pipeline('penguins', async (input: { readonly seed?: number } | undefined) => {
  const penguins = await load()
  const { training, heldOut } = stratifiedSplit(await penguins.value(), {
    classOf: (penguin) => penguin.species,
    heldOutShare: 0.2,
    seed: input?.seed ?? 7,
  })

  const trained = await train({ training, unknown: heldOut.map((penguin) => penguin.measurements) })
  const evaluated = await evaluate({ trained, species: heldOut.map((penguin) => penguin.species) })

  const { accuracy, confusion } = await evaluated.value()
  console.log(
    `\naccuracy ${accuracy.toFixed(3)} on ${heldOut.length} held-out penguins (rows: what they are, columns: what they were taken for)`,
  )
  console.table(confusion)
  return { accuracy, heldOut: heldOut.length, trained: trained.uri }
})
