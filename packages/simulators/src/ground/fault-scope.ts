import { JOB_FAULT_KINDS, type Fault } from './faults.ts'
import type { Service } from './service.ts'

/**
 * Throws a `RangeError` for a fault that can never act: of a service or an operation that is not there, or of a kind that has no occasion in
 * this operation. What a service does not declare is not known, and let pass.
 */
export function checkScope({ operation, kind }: Fault, services: readonly Service[]): void {
  const refuse = (what: string): never => {
    throw new RangeError(`a fault ${kind} of ${operation} cannot happen here: ${what}`)
  }
  const [name = ''] = operation.split('.', 1)
  const service = services.find((one) => one.name === name)
  if (service === undefined) return refuse(`the services are ${services.map((one) => one.name).join(', ')}`)
  const its = operation.slice(name.length + 1)
  const { operations } = service
  if (operations !== undefined && its !== '' && its !== '*' && !operations.includes(its)) {
    return refuse(`the operations of ${name} are ${operations.join(', ')}`)
  }
  const able = ableTo(service, kind)
  if (able === undefined || (its === '*' ? able.length > 0 : able.includes(its))) return undefined
  return refuse(
    able.length === 0 ? `no operation of ${name} meets it` : `those of ${name} that meet it are ${able.join(', ')}`,
  )
}

/** The operations that a kind can act in. `undefined`: any, or not known. */
function ableTo({ lists, effects, conflicts, jobs }: Service, kind: Fault['kind']): readonly string[] | undefined {
  if (kind === 'stale-list') return lists
  if (kind === 'delayed-effect') return effects
  if (kind === 'conflict') return conflicts
  return JOB_FAULT_KINDS.some((one) => one === kind) ? jobs : undefined
}
