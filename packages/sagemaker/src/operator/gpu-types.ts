import { INSTANCE_TYPES } from './instance-types.ts'

/** Whether a machine's accelerators are what a step asks for: `A100` are `A100-40` and `A100-80`. Case and maker count nothing. */
export function isGpuType(asked: string, there: string | undefined): boolean {
  if (there === undefined) return false
  const wanted = plain(asked)
  return wanted === plain(there) || wanted === plain(there.split('-')[0] ?? '')
}

/** The names of all accelerators of the catalogue. */
export function gpuTypes(): readonly string[] {
  return [...new Set(Object.values(INSTANCE_TYPES).flatMap(({ gpuType }) => gpuType ?? []))]
}

/** Accelerators of AWS's own are no GPUs: they are only given to who asks for them by name. */
export function isGpu(gpuType: string | undefined): boolean {
  return gpuType !== undefined && !gpuType.startsWith('Trainium')
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/nvidia|tesla|[^a-z0-9]/g, '')
    .replace(/^rtxpro/, 'rtx')
    .replace(/gb$/, '')
}
