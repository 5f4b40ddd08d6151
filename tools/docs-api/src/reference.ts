import { join } from 'node:path'
import { Application, Logger, LogLevel, type ProjectReflection } from 'typedoc'
import { entryPointsOf, type EntryPoint } from './entry-points.ts'

/** Their exports are promises to strangers. The command line has none. */
const PACKAGES = ['@sidestep/core', '@sidestep/local']

const SOURCES = join(import.meta.dirname, '../tsconfig.sources.json')

/** The public interface of packages, read from their sources. */
export interface Reference {
  /** Exports and members of exported classes and interfaces without a doc comment, and links that lead nowhere. */
  readonly problems: readonly string[]
  /** Writes it as HTML; what is in the folder is replaced. */
  write(folder: string): Promise<void>
}

/** Reads entry points with the compiler options of a tsconfig.json. Throws where that cannot be done. */
export async function readReference(
  entryPoints: readonly EntryPoint[] = PACKAGES.flatMap(entryPointsOf),
  tsconfig: string = SOURCES,
): Promise<Reference> {
  const logger = new CollectingLogger()
  const application = await Application.bootstrap({
    name: 'Sidestep',
    tsconfig,
    entryPoints: entryPoints.map(({ file }) => file),
    // Types are checked elsewhere, and by the compiler that the packages are written for.
    skipErrorChecking: true,
    disableSources: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    hideGenerator: true,
    readme: 'none',
    validation: { notDocumented: true, invalidLink: true, notExported: false },
    packagesRequiringDocumentation: [...new Set(entryPoints.map((entryPoint) => entryPoint.package))],
    requiredToBeDocumented: [
      'Accessor',
      'Class',
      'Enum',
      'EnumMember',
      'Function',
      'Interface',
      'Method',
      'Property',
      'TypeAlias',
      'Variable',
    ],
  })
  application.logger = logger
  const project = await application.convert()
  if (project === undefined) throw new Error(`no reference can be made:\n${logger.messages.join('\n')}`)
  nameModules(project, entryPoints)
  application.validate(project)
  return {
    problems: logger.messages.filter((message) => !isInTypeLiteral(message)),
    write: (folder) => application.generateDocs(project, folder),
  }
}

/** As users import them; TypeDoc calls them by their files. */
function nameModules(project: ProjectReflection, entryPoints: readonly EntryPoint[]): void {
  const specifiers = new Map(entryPoints.map(({ file, specifier }) => [file, specifier]))
  for (const module of project.children ?? []) {
    const file = project.files.getReflectionPath(module)
    module.name = (file === undefined ? undefined : specifiers.get(file)) ?? module.name
  }
}

/** The members of a union's or a property's own type literal are explained where that is. */
function isInTypeLiteral(message: string): boolean {
  return message.includes('.__type.')
}

class CollectingLogger extends Logger {
  readonly messages: string[] = []

  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.messages.push(message)
  }
}
