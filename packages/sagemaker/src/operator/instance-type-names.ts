import { LIMITS } from './limits.ts'

/** All types that training jobs may have, as of this version. */
export function instanceTypeNames(): readonly string[] {
  const shape = LIMITS['TrainingInstanceType']
  return shape?.type === 'string' ? (shape.enum ?? []) : []
}
