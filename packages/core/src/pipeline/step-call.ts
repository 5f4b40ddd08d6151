/**
 * What a call of a step gives to the pipeline: a promise that can tell whether anybody asked for its outcome. A failure
 * that nobody has asked for (yet) is no unhandled rejection, which would end the process: the run sees to it.
 */
export class StepCall extends Promise<unknown> {
  #asked = false

  /** Promises made of this one are ordinary. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  static of(work: Promise<unknown>): StepCall {
    const call = new StepCall((resolve) => resolve(work))
    void Promise.prototype.then.call(call, undefined, () => undefined)
    return call
  }

  /** Whether it was awaited, or given a handler of any kind. */
  get asked(): boolean {
    return this.#asked
  }

  // `await` comes here too, since the class is not that of an ordinary promise.
  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise
  override then<A = unknown, B = never>(
    onfulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#asked = true
    return super.then(onfulfilled, onrejected)
  }
}
