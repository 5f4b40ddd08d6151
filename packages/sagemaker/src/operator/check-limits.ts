import { nearestName } from '@sidestep/core/component'
import { configError } from '@sidestep/core'

import { LIMITS, type Shape } from './limits.ts'

/** One thing that SageMaker would refuse. */
export interface Excess {
  /** In the request's own words: `Environment.MODE`, `InputDataConfig[0].ChannelName`. */
  readonly field: string
  /** What is there, and what may be. */
  readonly message: string
}

/** Characters of a value that a message shows. */
const MOST_SHOWN = 60
/** SageMaker brings new types more often than there is a new version of this table: their names are checked where they are chosen. */
const OPEN_ENUMS: ReadonlySet<string> = new Set(['TrainingInstanceType', 'ProcessingInstanceType'])

/** Which setting a field comes from, by its beginning. */
const ORIGINS: readonly (readonly [string, string])[] = [
  [
    'AlgorithmSpecification.ContainerEntrypoint',
    "shorten the uri of the artifact store, or the run's id: they are in the command",
  ],
  ['AlgorithmSpecification.TrainingImage', 'shorten the uri of the container registry, or docker.targetRepository'],
  ['InputDataConfig', 'correct settings.inputData'],
  ['OutputDataConfig.KmsKeyId', 'correct kmsKeyId of the step operator'],
  ['OutputDataConfig', 'correct outputPath of the step operator'],
  ['ResourceConfig.KeepAlive', 'correct settings.keepAlive'],
  ['ResourceConfig.TrainingPlanArn', 'correct settings.trainingPlanArn'],
  ['ResourceConfig.VolumeKms', 'correct kmsKeyId of the step operator'],
  ['ResourceConfig', 'correct settings.instanceType, settings.instanceCount or settings.volumeSizeGiB'],
  ['StoppingCondition.MaxPending', 'correct settings.maxPending'],
  ['StoppingCondition', 'correct settings.maxWait, or timeouts.run of the step'],
  ['VpcConfig', 'correct vpc of the settings, or of the step operator'],
  ['Tags', 'correct tags of the settings, or of the step operator'],
  ['CheckpointConfig', 'correct settings.checkpoint'],
  ['ExperimentConfig', 'correct settings.experiment'],
  ['Environment', 'correct settings.environment'],
  ['RetryStrategy', 'correct settings.maxRetriesOnInternalError'],
  ['RoleArn', 'correct role of the step operator'],
]

/** Throws one `CONFIG_INVALID` error that names each field, what it has, what it may have, and what to do. Pure. */
export function checkLimits(request: object, stepName: string): void {
  const found = excesses(request, 'CreateTrainingJobRequest')
  if (found.length === 0) return
  const lines = found.map(({ field, message }) => `${field === '' ? 'the request' : field} ${message}`)
  const remedies = [...new Set(found.map(({ field }) => remedyFor(field)))].join('; ')
  throw configError(
    'CONFIG_INVALID',
    `SageMaker would not take the training job of the step ${stepName}: ${lines.join('; ')}`,
    `${remedies.slice(0, 1).toUpperCase()}${remedies.slice(1)}. What settings.extra has put there is corrected there.`,
  )
}

/** All that a request has and the published model does not allow. Pure. */
export function excesses(value: unknown, shapeName: string, field: string = ''): readonly Excess[] {
  const shape = LIMITS[shapeName]
  if (shape === undefined) throw new Error(`the table of limits has no shape ${shapeName}`)
  if (!isOfType(value, shape))
    return [
      { field, message: `is ${shown(value)}, and has to be ${shape.type === 'integer' ? 'an' : 'a'} ${shape.type}` },
    ]
  switch (shape.type) {
    case 'string':
      return excessesOfText(value as string, shape, { field, shapeName })
    case 'integer':
    case 'long':
      return outOfRange(value as number, shape, field, '')
    case 'boolean':
      return []
    case 'list': {
      const items = value as readonly unknown[]
      const each = items.flatMap((item, index) => excesses(item, shape.of, `${field}[${index}]`))
      return [...outOfRange(items.length, shape, field, 'entries'), ...each]
    }
    case 'map': {
      const entries = Object.entries(value as object)
      const each = entries.flatMap(([key, item]) => [
        ...excesses(key, shape.key, `the name ${shown(key)} in ${field}`),
        ...excesses(item, shape.value, `${field}.${key}`),
      ])
      return [...outOfRange(entries.length, shape, field, 'entries'), ...each]
    }
    case 'structure':
      return excessesOfMembers(value as Readonly<Record<string, unknown>>, shape, field)
  }
}

function excessesOfText(
  value: string,
  { min, max, pattern, enum: values }: Extract<Shape, { type: 'string' }>,
  { field, shapeName }: { readonly field: string; readonly shapeName: string },
): readonly Excess[] {
  const found = [...outOfRange(lengthOf(value), { min, max }, field, 'characters')]
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`, 'u').test(value)) {
    found.push({ field, message: `is ${shown(value)}, and has to match ${pattern}` })
  }
  if (values !== undefined && !OPEN_ENUMS.has(shapeName) && !values.includes(value)) {
    found.push({ field, message: `is ${shown(value)}, and has to be one of ${values.join(', ')}` })
  }
  return found
}

function excessesOfMembers(
  value: Readonly<Record<string, unknown>>,
  { members, required = [] }: Extract<Shape, { type: 'structure' }>,
  field: string,
): readonly Excess[] {
  const below = (member: string): string => (field === '' ? member : `${field}.${member}`)
  const known = Object.keys(members)
  const missing = required
    .filter((member) => value[member] === undefined)
    .map((member) => ({ field: below(member), message: 'is missing' }))
  const there = Object.entries(value).flatMap(([member, item]) => {
    const shape = Object.hasOwn(members, member) ? members[member] : undefined
    if (shape !== undefined) return item === undefined ? [] : excesses(item, shape, below(member))
    const near = nearestName(member, known)
    return [{ field: below(member), message: `is not known${near === undefined ? '' : `: did you mean ${near}?`}` }]
  })
  return [...missing, ...there]
}

function outOfRange(
  size: number,
  { min = -Infinity, max = Infinity }: { readonly min?: number | undefined; readonly max?: number | undefined },
  field: string,
  unit: string,
): readonly Excess[] {
  const has = unit === '' ? `is ${size}` : `has ${size} ${unit}`
  if (size < min) return [{ field, message: `${has}, and the least is ${min}` }]
  return size > max ? [{ field, message: `${has}, and the most is ${max}` }] : []
}

function isOfType(value: unknown, { type }: Shape): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type
    case 'integer':
      return Number.isInteger(value) && Math.abs((value as number) + 0.5) < 2 ** 31
    case 'long':
      return Number.isInteger(value)
    case 'list':
      return Array.isArray(value)
    case 'map':
    case 'structure':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
  }
}

function remedyFor(field: string): string {
  const origin = ORIGINS.find(([beginning]) => field.replace(/^the name .* in /, '').startsWith(beginning))
  return origin === undefined ? 'see the settings of the step' : origin[1]
}

/** Characters, not the units of UTF-16. */
function lengthOf(text: string): number {
  let length = 0
  for (const _character of text) length += 1
  return length
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value)
  return json.length <= MOST_SHOWN ? json : `${json.slice(0, MOST_SHOWN).toWellFormed()}…`
}
