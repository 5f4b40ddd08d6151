import { randomBytes } from 'node:crypto'

import { ACCOUNT_ID } from '../aws-json/aws-json-call.ts'
import type { Clock } from '../ground/clock.ts'
import type { Secret } from './secret.ts'
import { noSecret } from './secrets-manager-errors.ts'

/** All secrets, by region and name. */
export class Secrets {
  readonly #clock: Clock
  readonly #regions = new Map<string, Map<string, Secret>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** By name, ARN, or the ARN without the six characters at its end. Throws where there is none. */
  get(region: string, id: string): Secret {
    const found = this.find(region, id)
    if (found === undefined) throw noSecret()
    return found
  }

  /** In the same way. `undefined`: there is none. */
  find(region: string, id: string): Secret | undefined {
    const found = [...this.#of(region).values()].find(
      ({ name, arn }) => id === name || id === arn || id === arn.slice(0, -SUFFIX_LENGTH),
    )
    return (found?.deletedAt ?? Infinity) <= this.#clock.now() ? undefined : found
  }

  /** A new one without a value. */
  add(region: string, name: string): Secret {
    const secret: Secret = { name, arn: newArn(region, name), versions: new Map() }
    this.#of(region).set(name, secret)
    return secret
  }

  #of(region: string): Map<string, Secret> {
    const known = this.#regions.get(region) ?? new Map<string, Secret>()
    this.#regions.set(region, known)
    return known
  }
}

/** Of a secret of this name: it ends otherwise each time. */
export function newArn(region: string, name: string): string {
  return `arn:aws:secretsmanager:${region}:${ACCOUNT_ID}:secret:${name}-${suffix()}`
}

/** A hyphen and six characters. */
const SUFFIX_LENGTH = 7
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function suffix(): string {
  return [...randomBytes(SUFFIX_LENGTH - 1)].map((byte) => LETTERS[byte % LETTERS.length]).join('')
}
