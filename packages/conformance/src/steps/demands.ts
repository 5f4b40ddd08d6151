import { step, type ResourceSettings, type Step } from '@sidestep/core'

import { began } from './began.ts'
import { SETTINGS } from './settings.ts'

/** Every resource that a step can ask for. */
export type ResourceName = keyof ResourceSettings

/** What a step found in its job. */
export interface Found {
  /** Of machines. */
  readonly size: number
}

type Asks = Step<undefined, Found>

function asks(name: string, resources: ResourceSettings): Asks {
  return step({ name, stepOperator: true, settings: SETTINGS, resources }, (_nothing, { size }) => {
    began()
    return { size }
  })
}

/** Asks for what every machine has. */
export const asksForNothing: Asks = asks('asks-for-nothing', { gpuCount: 0, instanceCount: 1 })

/** Each asks for a little of one resource. */
export const ASKS_FOR_LITTLE: Readonly<Record<ResourceName, Asks>> = {
  cpuCount: asks('asks-for-a-processor', { cpuCount: 1 }),
  memory: asks('asks-for-memory', { memory: '1GiB' }),
  gpuCount: asks('asks-for-a-gpu', { gpuCount: 1 }),
  gpuType: asks('asks-for-a-type-of-gpu', { gpuType: 'T4' }),
  instanceCount: asks('asks-for-two-machines', { instanceCount: 2 }),
}

/** Amounts that machines have, some of which an operator may refuse. No machine has more than one type of GPU to choose from. */
export const LADDER: Readonly<Record<Exclude<ResourceName, 'gpuType'>, readonly (number | string)[]>> = {
  cpuCount: [1, 2, 4, 8],
  memory: ['1GiB', '2GiB', '4GiB', '8GiB'],
  gpuCount: [1, 2, 4, 8],
  instanceCount: [2, 3, 4, 8],
}

/** More of each resource than any machine has. */
export const MUCH: Required<ResourceSettings> = {
  cpuCount: 1_000_000,
  memory: '1000000TiB',
  gpuCount: 1_000_000,
  gpuType: 'conformance-no-such-gpu',
  instanceCount: 1_000_000,
}

/** Each asks for that much of one resource. */
export const ASKS_FOR_MUCH: Readonly<Record<ResourceName, Asks>> = {
  cpuCount: asks('asks-for-all-processors', { cpuCount: MUCH.cpuCount }),
  memory: asks('asks-for-all-memory', { memory: MUCH.memory }),
  gpuCount: asks('asks-for-all-gpus', { gpuCount: MUCH.gpuCount }),
  gpuType: asks('asks-for-no-such-gpu', { gpuType: MUCH.gpuType }),
  instanceCount: asks('asks-for-all-machines', { instanceCount: MUCH.instanceCount }),
}

/** The settings of {@link hasSettings}: a check writes them before it calls the step, for the flavor that it checks. */
export const MISSPELT: Record<`step_operator.${string}`, object> = {}

/** Has the settings that a check gives it. */
export const hasSettings: Step<undefined, void> = step(
  { name: 'has-settings', stepOperator: true, settings: MISSPELT },
  () => {
    began()
  },
)
