import { jobServiceOf } from './job-service-of.ts'
import { replace } from './other-launch.ts'
import type { Opened, StepOperatorSubject } from './subject.ts'

/** Whether a launcher is alive. */
export interface Life {
  dead: boolean
}

/** Components of a launcher that can die, as by `kill -9`: from then on, no call of them has an effect or comes back. */
export async function openMortal(subject: StepOperatorSubject, life: Life): Promise<Opened> {
  const opened = await subject.open()
  const { stack, operator } = opened
  const service = jobServiceOf(operator)
  const components = [stack.artifactStore(), stack.containerRegistry(), stack.imageBuilder()]
  for (const component of await Promise.all(components)) if (component !== undefined) mortal(component, life)
  if (service !== undefined) mortal(service, life)
  mortal(operator, life)
  return opened
}

/** Every method of the object. */
function mortal(target: object, life: Life): void {
  for (const [name, method] of methodsOf(target)) {
    replace(target as Record<string, unknown>, name, (...input: readonly unknown[]): unknown => {
      if (life.dead) return neverAnswers()
      const result: unknown = Reflect.apply(method, target, input)
      if (result instanceof Promise) return answersWhileAlive(result, life)
      return isIterable(result) ? iteratesWhileAlive(result, life) : result
    })
  }
}

type Method = (...input: readonly unknown[]) => unknown

function methodsOf(target: object): ReadonlyMap<string, Method> {
  const methods = new Map<string, Method>()
  for (let owner: object = target; owner !== Object.prototype; owner = Object.getPrototypeOf(owner) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      const method: unknown = value
      if (typeof method === 'function' && name !== 'constructor' && !methods.has(name))
        methods.set(name, method as Method)
    }
  }
  return methods
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

async function answersWhileAlive(result: Promise<unknown>, life: Life): Promise<unknown> {
  try {
    const answer = await result
    return life.dead ? await neverAnswers() : answer
  } catch (error) {
    if (life.dead) await neverAnswers()
    throw error
  }
}

async function* iteratesWhileAlive(items: AsyncIterable<unknown>, life: Life): AsyncGenerator<unknown> {
  for await (const item of items) {
    if (life.dead) await neverAnswers()
    yield item
  }
  if (life.dead) await neverAnswers()
}

/** A promise and a stream, as whoever waits wants to have it. */
function neverAnswers(): Promise<never> & AsyncIterable<never> {
  const never = new Promise<never>(() => undefined)
  return Object.assign(never, { [Symbol.asyncIterator]: () => ({ next: async () => never }) })
}
