/** Whether a launcher is alive. */
export interface Life {
  dead: boolean
}

/** The same object as a launcher has it that can die: from then on, no call of it has an effect or comes back. */
export function mortal<T extends object>(target: T, life: Life): T {
  return new Proxy(target, {
    get: (_target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: readonly unknown[]): unknown => {
        if (life.dead) return neverAnswers()
        const result: unknown = Reflect.apply(value, target, args)
        return result instanceof Promise ? result.then((answer) => (life.dead ? neverAnswers() : answer)) : result
      }
    },
  })
}

/** A promise and a stream, as whoever waits wants to have it. */
function neverAnswers(): Promise<never> {
  const never = new Promise<never>(() => undefined)
  return Object.assign(never, { [Symbol.asyncIterator]: () => ({ next: () => never }) })
}
