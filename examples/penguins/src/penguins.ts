export const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'] as const
export type Species = (typeof SPECIES)[number]

/** Beak length and depth in mm, flipper length in mm, body mass in g. */
export type Measurements = readonly [number, number, number, number]

export interface Penguin {
  readonly species: Species
  readonly measurements: Measurements
}

const COLUMNS = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)'] as const
type Row = { readonly Species: Species } & { readonly [column in (typeof COLUMNS)[number]]: number | null }

/** The penguins in the text of vega-datasets' penguins.json that were measured; two were not. */
export function parsePenguins(json: string): { readonly penguins: Penguin[]; readonly dropped: number } {
  const rows = JSON.parse(json) as Row[]
  const penguins = rows.flatMap((row) => {
    const measurements = COLUMNS.map((column) => row[column])
    return measurements.includes(null)
      ? []
      : [{ species: row.Species, measurements: measurements as unknown as Measurements }]
  })
  return { penguins, dropped: rows.length - penguins.length }
}
