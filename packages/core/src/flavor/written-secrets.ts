import type { ConfigIssue } from './config-issues.ts'
import type { ConfigPath } from './environment-references.ts'
import type { JsonSchema } from './json-schema.ts'
import { schemaAt, variantsOf } from './schema-parts.ts'

/** A text that is references alone: it holds nothing of the secret itself. */
const REFERENCES = /^(?:\$\{env:[A-Za-z_]\w*\})+$/

/** Whether a value of a secret key may be written down. */
export function isReferenceAlone(value: unknown): boolean {
  return typeof value === 'string' && REFERENCES.test(value)
}

/** Whether a configuration holds anything but references, and so may hold a secret. */
export function isAnythingWritten(value: unknown, above: readonly unknown[] = []): boolean {
  if (value === undefined || value === null || above.includes(value)) return false
  if (typeof value !== 'object') return !isReferenceAlone(value)
  return Object.values(value).some((item) => isAnythingWritten(item, [...above, value]))
}

/** Whether what a schema describes must not be written down. */
export function isSecret(schema: JsonSchema, root: JsonSchema): boolean {
  return schema.secret === true || variantsOf(schema, root).some(({ secret }) => secret === true)
}

/**
 * What a configuration holds of what its schema calls a secret, and that is no reference. `config` is as it was given,
 * without values in the place of references.
 */
export function writtenSecrets(config: unknown, root: JsonSchema): readonly ConfigIssue[] {
  const found: ConfigIssue[] = []
  const search = (value: unknown, schema: JsonSchema, path: ConfigPath, above: readonly unknown[]): void => {
    if (value === undefined || value === null || above.includes(value)) return
    const secret = isSecret(schema, root)
    if (typeof value !== 'object') {
      if (secret && !isReferenceAlone(value)) found.push({ path, message: REMEDY })
      return
    }
    const entries = Array.isArray(value) ? (value as readonly unknown[]).entries() : Object.entries(value)
    for (const [key, item] of entries) {
      // What is inside of a secret is one.
      const inner = secret ? schema : schemaAt([key], root, schema)
      if (inner !== undefined) search(item, inner, [...path, key], [...above, value])
    }
  }
  search(config, root, [], [])
  return found
}

const REMEDY = "is a secret, which must not be written down; give '${env:NAME}' and set that variable"
