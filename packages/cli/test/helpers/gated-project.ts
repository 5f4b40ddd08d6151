import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProject, type Project } from './project.ts'

/** A project whose job waits at a gate, and leaves a mark outside of Sidestep each time it starts. */
export interface GatedProject extends Project {
  /** What to give to the run: its job waits until the gate of that name is opened. */
  input(gate: string): string
  open(gate: string): void
  /** How often the job behind a gate has started. */
  starts(gate: string): number
  /** Changes the code of the pipeline without changing what it does. */
  touch(): void
}

const PIPELINE = `
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pipeline, step } from '@sidestep/core'

export interface Gate { readonly folder: string; readonly gate: string }

const load = step({ name: 'load' }, (rows: number) => Array.from({ length: rows }, (_, index) => index))
const sum = step({ name: 'sum', stepOperator: true }, async ({ folder, gate, values }: Gate & { values: number[] }) => {
  appendFileSync(join(folder, gate + '.starts'), 'x')
  console.log('adding ' + values.length)
  while (!existsSync(join(folder, gate + '.open'))) await delay(50)
  console.log('added')
  return values.reduce((total, value) => total + value, 0)
})

export default pipeline('sums', async (input: Gate) => {
  const values = await (await load(4)).value()
  return { total: await sum({ ...input, values }) }
})
`

export async function createGatedProject(more: Readonly<Record<string, string>> = {}): Promise<GatedProject> {
  const project = await createProject({ 'pipeline.ts': PIPELINE, ...more })
  const { folder } = project
  return {
    ...project,
    input: (gate) => JSON.stringify({ folder, gate }),
    open: (gate) => writeFileSync(join(folder, `${gate}.open`), ''),
    starts: (gate) => readFileSync(join(folder, `${gate}.starts`), 'utf8').length,
    touch: () => writeFileSync(join(folder, 'pipeline.ts'), `${PIPELINE}\n// changed\n`),
    remove: async () => {
      rmSync(join(folder, '.sidestep'), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
      await project.remove()
    },
  }
}
