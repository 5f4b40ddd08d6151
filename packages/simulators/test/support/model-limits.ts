import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Limits, Shape } from '../../src/ground/limits.ts'

interface ModelShape {
  readonly type: Shape['type']
  readonly members?: Readonly<Record<string, { readonly shape: string }>>
  readonly member?: { readonly shape: string }
  readonly key?: { readonly shape: string }
  readonly value?: { readonly shape: string }
  readonly required?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
}

/** Where the published models are, if they are at hand: `SIDESTEP_AWS_MODELS`. They are no part of this repository. */
export const MODELS: string | undefined = process.env['SIDESTEP_AWS_MODELS']

/** A table of limits as a published model (botocore's `service-2.json`) has it. */
export function modelLimits(name: string): Limits {
  const file = join(MODELS ?? '', `${name}.json`)
  const { shapes } = JSON.parse(readFileSync(file, 'utf8')) as { readonly shapes: Readonly<Record<string, ModelShape>> }
  return Object.fromEntries(Object.entries(shapes).map(([shape, model]) => [shape, limitOf(model)]))
}

function limitOf({ type, members, member, key, value, required, min, max, pattern, enum: values }: ModelShape): Shape {
  return {
    type,
    ...(members !== undefined && {
      members: Object.fromEntries(Object.entries(members).map(([name, { shape }]) => [name, shape])),
    }),
    ...(member !== undefined && { of: member.shape }),
    ...(key !== undefined && { key: key.shape }),
    ...(value !== undefined && { value: value.shape }),
    ...(required !== undefined && { required }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern !== undefined && { pattern }),
    ...(values !== undefined && { enum: values }),
  } as Shape
}
