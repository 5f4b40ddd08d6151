import { SidestepError } from '@sidestep/core'

import { jobServiceOf } from './job-service-of.ts'
import { replace } from './other-launch.ts'
import type { Opened, StepOperatorSubject } from './subject.ts'

/** The life of a launcher. */
export class Life {
  readonly #grave: PromiseWithResolvers<never> = Promise.withResolvers()
  #dead = false

  constructor() {
    this.#grave.promise.catch(() => undefined)
  }

  get dead(): boolean {
    return this.#dead
  }

  /** As by `kill -9`. */
  end(): void {
    this.#dead = true
  }

  /** Lets go of whatever waits for an answer, so that nothing of the launcher keeps this process busy. */
  bury(): void {
    this.#dead = true
    const options = { code: 'RUN_TAKEN_OVER', kind: 'infra' } as const
    this.#grave.reject(new SidestepError('the launcher is dead, and another one has taken over its run', options))
  }

  /** A promise and a stream, as whoever waits wants to have it. */
  neverAnswers(): Promise<never> & AsyncIterable<never> {
    const { promise } = this.#grave
    const never = promise.then((answer) => answer)
    never.catch(() => undefined)
    return Object.assign(never, { [Symbol.asyncIterator]: () => ({ next: async () => promise }) })
  }
}

/** Components of a launcher that can die: from then on, no call of them has an effect or comes back. */
export async function openMortal(subject: StepOperatorSubject, life: Life): Promise<Opened> {
  const opened = await subject.open()
  const { stack, operator } = opened
  const service = jobServiceOf(operator)
  const others = [stack.containerRegistry(), stack.imageBuilder()].filter((part) => part !== undefined)
  for (const component of await Promise.all([stack.artifactStore(), ...others])) mortal(component, life)
  if (service !== undefined) mortal(service, life)
  mortal(operator, life)
  return opened
}

/** Every method of the object. */
function mortal(target: object, life: Life): void {
  for (const [name, method] of methodsOf(target)) {
    replace(target as Record<string, unknown>, name, (...input: readonly unknown[]): unknown => {
      if (life.dead) return life.neverAnswers()
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
    return life.dead ? await life.neverAnswers() : answer
  } catch (error) {
    if (life.dead) await life.neverAnswers()
    throw error
  }
}

async function* iteratesWhileAlive(items: AsyncIterable<unknown>, life: Life): AsyncGenerator<unknown> {
  for await (const item of items) {
    if (life.dead) await life.neverAnswers()
    yield item
  }
  if (life.dead) await life.neverAnswers()
}
