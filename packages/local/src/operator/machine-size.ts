import { availableParallelism, totalmem } from 'node:os'

/** The size of this machine, or of the container that it is. */
export interface MachineSize {
  readonly cpuCount: number
  readonly memoryBytes: number
  /** As images call it: `linux/amd64`. */
  readonly platform: string
}

export function machineSize(): MachineSize {
  // 0 or a number beyond all memory where nothing constrains it.
  const constrained = process.constrainedMemory()
  return {
    cpuCount: availableParallelism(),
    memoryBytes: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  }
}
