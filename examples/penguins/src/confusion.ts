import { SPECIES, type Species } from './penguins.ts'

/** How many penguins of each species (row) were taken for which (column). */
export type ConfusionMatrix = Record<Species, Record<Species, number>>

export function confusionMatrix(actual: readonly Species[], predicted: readonly Species[]): ConfusionMatrix {
  const counts = (species: Species) =>
    SPECIES.map((taken) => [taken, actual.filter((name, i) => name === species && predicted[i] === taken).length])
  return Object.fromEntries(SPECIES.map((species) => [species, Object.fromEntries(counts(species))])) as ConfusionMatrix
}

/** The share that was named right. */
export function accuracyOf(matrix: ConfusionMatrix): number {
  const right = SPECIES.reduce((sum, species) => sum + matrix[species][species], 0)
  const all = SPECIES.flatMap((species) => Object.values(matrix[species])).reduce((sum, count) => sum + count, 0)
  return right / all
}
