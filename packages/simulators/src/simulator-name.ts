/** The providers that can be simulated. */
export const SIMULATORS = ['aws', 'gcp', 'azure'] as const
/** The name of one of them. */
export type SimulatorName = (typeof SIMULATORS)[number]
