import type { Flavor } from './define-flavor.ts'

const BRAND = Symbol.for('sidestep.integration@1')

/** What an npm package brings. */
export interface IntegrationDescription {
  /** As `sidestep integration list` shows it: `sagemaker`. */
  readonly name: string
  /** What `defineFlavor()` returned; their `load` is what imports an SDK. */
  readonly flavors: readonly Flavor<any, any>[]
}

/** The default export of the module that a package names in its package.json: `"sidestep": { "integration": "./integration" }`. */
export type Integration = IntegrationDescription

/** Describes the flavors of a package, so that projects that depend on it find them. Loads nothing. */
export function defineIntegration(description: IntegrationDescription): Integration {
  return Object.defineProperty({ ...description }, BRAND, { value: true })
}

/** True for integrations of any loaded copy of this package. */
export function isIntegration(value: unknown): value is Integration {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
}
