import type { BaseStepOperator } from '@sidestep/core'

type Launch = BaseStepOperator<any, any>['launch']
/** What `launch()` is called with. */
export type LaunchInput = Parameters<Launch>

/**
 * Puts another `launch()` around that of an operator, in its place: the stack that has the operator calls the other one.
 * `launch` is the operator's own.
 */
export function aroundLaunch(
  operator: BaseStepOperator<any, any>,
  around: (launch: Launch, ...input: LaunchInput) => Promise<void>,
): void {
  const own = operator.launch
  const launch: Launch = async (...input) => Reflect.apply(own, operator, input)
  replace(operator, 'launch', async (...input: LaunchInput) => around(launch, ...input))
}

/** Puts another function in the place of one that an object has, for that object alone. */
export function replace<T extends object, K extends string & keyof T>(target: T, name: K, value: T[K]): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false })
}
