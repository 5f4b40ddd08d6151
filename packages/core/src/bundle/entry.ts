/**
 * What `@sidestep/core` is inside a bundle: names of the prebuilt runtime, core's job entry and the runtime modules, whose
 * code stands in front. `\0` keeps it out of source maps.
 */
export const RUNTIME_ID = '\0sidestep:runtime'
/** The module with {@link EXTERNAL_HELPER}. */
export const EXTERNAL_ID = 'sidestep:external'
/** The generated entry. `\0` keeps it out of source maps. */
export const ENTRY_ID = '\0sidestep:entry'

/** What of core is the job entry in a bundle: the rest stays with the launcher. */
export const CORE_IN_JOBS: RegExp = /^@sidestep\/core(?:\/(?:job|flavor|project))?$/

const STORE = 'sidestepArtifactStore'
const operatorName = (index: number): string => `sidestepStepOperator${index}`

export interface RuntimeModules {
  /** Absolute path of core's job entry. */
  readonly job: string
  /** Absolute path. */
  readonly artifactStore: string
  /** Absolute paths by flavor. */
  readonly stepOperators: Readonly<Record<string, string>>
}

/** The entry of the prebuilt runtime. */
export function runtimeEntry({ job, artifactStore, stepOperators }: RuntimeModules): string {
  return [
    `export * from ${JSON.stringify(job)}`,
    `export * as ${STORE} from ${JSON.stringify(artifactStore)}`,
    ...sortedFlavors(stepOperators).map(
      (flavor, index) => `export * as ${operatorName(index)} from ${JSON.stringify(stepOperators[flavor])}`,
    ),
  ].join('\n')
}

/** The entry of the bundle: whoever evaluates it runs Sidestep's code alone, until `load` is called. */
export function bundleEntry(flavors: readonly string[], module: string): string {
  const sorted = flavors.toSorted()
  const names = ['main', STORE, ...sorted.map((_, index) => operatorName(index))]
  const operators = sorted.map((flavor, index) => `${JSON.stringify(flavor)}: ${operatorName(index)}`)
  return [
    `import { ${names.join(', ')} } from ${JSON.stringify(RUNTIME_ID)}`,
    `await main({`,
    `  artifactStore: ${STORE},`,
    `  stepOperators: { ${operators.join(', ')} },`,
    `  load: () => import(${JSON.stringify(module)}),`,
    `})`,
  ].join('\n')
}

/**
 * Stands around each deferred import: a name that the package does not export is the error that a static import would
 * have been, and not a silent `undefined`.
 */
export const EXTERNAL_HELPER = `export function external(namespace, specifier, names) {
  for (const name of names) {
    if (!(name in namespace)) {
      throw new SyntaxError(\`The requested module '\${specifier}' does not provide an export named '\${name}'\`)
    }
  }
  return namespace
}`

function sortedFlavors(stepOperators: Readonly<Record<string, string>>): string[] {
  return Object.keys(stepOperators).toSorted()
}
