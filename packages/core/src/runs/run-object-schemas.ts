import * as z from 'zod/mini'

import { SidestepError } from '../errors.ts'
import { decodeJson } from '../artifact/json-object.ts'
import { PARSE_CONTEXT } from '../parse-context.ts'

/** The small objects of a run. */
export type RunObjectKind = 'run' | 'launcher' | 'end' | 'result' | 'code' | 'spec' | 'intent' | 'create' | 'handle'

/**
 * The objects of a run that are read from its store, and what each must have: only what is relied on, since later versions
 * may write more.
 */
const SCHEMAS: Readonly<Record<RunObjectKind, () => z.ZodMiniType>> = {
  run: () => {
    const component = z.looseObject({ type: z.string(), flavor: z.string() })
    return z.looseObject({
      version: z.literal(1),
      runId: z.string(),
      pipeline: z.string(),
      stack: z.looseObject({
        name: z.string(),
        artifactStore: component,
        stepOperators: z.record(z.string(), component),
      }),
      journalId: z.string(),
      salt: z.string(),
      inputDigest: z.string(),
      startedAt: z.iso.datetime(),
    })
  },
  launcher: () =>
    z.looseObject({
      n: z.number(),
      machine: z.looseObject({ host: z.string() }),
      process: z.looseObject({ bootId: z.string(), pid: z.number(), startTime: z.string() }),
      at: z.iso.datetime(),
    }),
  end: () =>
    z.looseObject({
      version: z.literal(1),
      n: z.number(),
      status: z.enum(['succeeded', 'failed', 'cancelled']),
      at: z.iso.datetime(),
      durationMs: z.number(),
      spent: z.record(z.string(), z.number()),
    }),
  result: () => {
    const common = { version: z.literal(1), finishedAt: z.iso.datetime() }
    const stored = z.looseObject({ key: z.string(), sha256: z.string(), size: z.number(), materializer: z.string() })
    return z.discriminatedUnion('status', [
      z.looseObject({ ...common, status: z.literal('succeeded'), outputs: z.record(z.string(), stored) }),
      z.looseObject({ ...common, status: z.literal('failed'), kind: z.string() }),
    ])
  },
  code: () => z.looseObject({ version: z.literal(1), sources: z.array(z.tuple([z.string(), z.string()])) }),
  spec: () => z.looseObject({ version: z.literal(1), stepName: z.string() }),
  intent: () => z.looseObject({}),
  create: () => z.looseObject({ n: z.number(), nonce: z.string(), deadline: z.iso.datetime() }),
  handle: () => z.looseObject({}),
}

/** Each is made when the first such object is read: to make all takes longer than to load what reads them. */
const made = new Map<RunObjectKind, z.ZodMiniType>()

function schemaOf(kind: RunObjectKind): z.ZodMiniType {
  const schema = made.get(kind) ?? SCHEMAS[kind]()
  made.set(kind, schema)
  return schema
}

/**
 * Reads an object of a run. Throws `ARTIFACT_CORRUPT`, naming where it lies, for one that is damaged or was written by
 * something else.
 */
export function decodeRunObject(kind: RunObjectKind, bytes: Uint8Array, where: string): object {
  const json = decodeJson(bytes, where)
  const checked = schemaOf(kind).safeParse(json, PARSE_CONTEXT)
  if (checked.success) return json
  const [issue] = checked.error.issues
  const at = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
  throw new SidestepError(`${where} is not what belongs there${at}: ${issue?.message ?? 'it is malformed'}`, {
    code: 'ARTIFACT_CORRUPT',
    kind: 'infra',
    hint: 'It is damaged, or was written by something else, or by a later version of Sidestep.',
  })
}
