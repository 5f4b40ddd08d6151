import type { Call } from '@sidestep/simulators'

/** How many calls came of each operation, a service a line: `s3  PutObject 9, GetObject 4`. */
export function callLines(calls: readonly Pick<Call, 'service' | 'operation'>[]): string[] {
  const services = new Map<string, Map<string, number>>()
  for (const { service, operation } of calls) {
    const operations = services.get(service) ?? new Map<string, number>()
    services.set(service, operations.set(operation, (operations.get(operation) ?? 0) + 1))
  }
  const width = Math.max(...[...services.keys()].map((name) => name.length))
  return [...services].map(([name, operations]) => {
    const counts = [...operations].map(([operation, count]) => `${operation} ${count}`)
    return `  ${name.padEnd(width)}  ${counts.join(', ')}`
  })
}
