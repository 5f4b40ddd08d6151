import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, platform } from 'node:os'

import { codeOf } from './errors.ts'

/** What tells machines apart, as far as a process can say. */
export interface Machine {
  /** Its name in the network. */
  readonly host: string
  /** Of the installed system: stays the same where a laptop changes networks. Absent where there is none. */
  readonly id?: string
  /** Processes of two namespaces cannot see each other, although they are on one machine: a container has its own. */
  readonly pidNamespace?: string
}

let machine: Machine | undefined

/** This process's, read once. */
export function thisMachine(): Machine {
  machine ??= {
    host: hostname(),
    ...optional(
      'id',
      textOf(() => readFileSync('/etc/machine-id', 'utf8')),
    ),
    ...optional('pidNamespace', platform() === 'linux' ? textOf(() => readlinkSync('/proc/self/ns/pid')) : undefined),
  }
  return machine
}

function textOf(read: () => string): string | undefined {
  try {
    return read().trim() || undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES') return undefined
    throw error
  }
}

function optional<K extends string>(name: K, value: string | undefined): { readonly [key in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: string }
}
