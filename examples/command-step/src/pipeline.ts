import { readFile } from 'node:fs/promises'
import { commandStep, file, pipeline, step } from '@sidestep/core'

/** Orders by country. */
export type Totals = Readonly<Record<string, { readonly orders: number; readonly total: number }>>

/** Bytes become a file for the command that gets them. */
export const readOrders = step({ name: 'read-orders' }, async (): Promise<Uint8Array> =>
  readFile(new URL('orders.csv', import.meta.url)),
)

/** A step in another language: files in, files out. A `.json` output is read back as the value that it holds. */
export const addUp = commandStep({
  name: 'add-up',
  stepOperator: true,
  command: ['awk', '-f', 'totals.awk', '-v', 'out={outputs.totals}', '{inputs.orders}'],
  files: ['totals.awk'],
  inputs: { orders: file('orders.csv') },
  outputs: { totals: file<Totals>('totals.json') },
})

export default pipeline('orders', async () => {
  const orders = await readOrders()
  const { totals } = await addUp({ orders })
  return totals
})
