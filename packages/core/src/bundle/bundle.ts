import type { BundledModule } from './module-graph.ts'
import type { SourceRoots } from './source-path.ts'

export interface BundleOptions {
  /** Absolute path of the module that defines the pipeline and its steps (.ts, .mts, .js, .mjs). */
  readonly module: string
  /** Names of packages (from `docker.requirements`) that stay imports. */
  readonly external: readonly string[]
  /** The runtime module of the artifact store: a specifier, resolved from `module`, or an absolute path. */
  readonly artifactStoreRuntime: string
  /** The runtime modules of step operators, by flavor. */
  readonly stepOperatorRuntimes: Readonly<Record<string, string>>
  /** Where bundles are kept, as `<sha256>.mjs`, and in `kept/` what each was made of. */
  readonly folder: string
  readonly signal?: AbortSignal
  /** Core's job entry, an absolute path; the default is this package's own. */
  readonly jobEntry?: string
}

export interface Bundle {
  readonly path: string
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  /** Packages with native parts, which stayed imports: name to the project's installed version. */
  readonly nativePackages: Readonly<Record<string, string>>
  /** Names of all packages that it leaves to be installed and imports somewhere, those with native parts too; sorted. */
  readonly packages: readonly string[]
  /** Every bundled module by stable path, for cache keys. */
  readonly modules: ReadonlyMap<string, BundledModule>
  readonly roots: SourceRoots
}
