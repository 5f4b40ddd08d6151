import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { importsOf } from './imports.ts'
import { listSources } from './repository.ts'

/** The folders of a source tree, lowest floor first. `*.ts` stands for the files that lie in no folder. */
export interface FloorTable {
  /** Files in no folder that stand above all floors. */
  readonly entries: readonly string[]
  readonly floors: readonly (readonly string[])[]
}

/** Files of a source tree and the files of the same tree that each of them imports. */
export type ImportGraph = ReadonlyMap<string, readonly { readonly file: string; readonly line: number }[]>

/** Reads the imports of all files below `sourceFolder`. */
export function readImportGraph(sourceFolder: string): ImportGraph {
  const graph = new Map<string, { file: string; line: number }[]>()
  for (const file of listSources(sourceFolder)) {
    const imports = importsOf(readFileSync(join(sourceFolder, file), 'utf8'), file)
    graph.set(
      file,
      imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier, line }) => ({ file: posix.join(posix.dirname(file), specifier), line })),
    )
  }
  return graph
}

/** Imports that do not go down, and folders without a floor. */
export function floorProblems(graph: ImportGraph, table: FloorTable): string[] {
  const problems = new Set<string>()
  const floors = new Map(table.floors.flatMap((folders, floor) => folders.map((folder) => [folder, floor] as const)))
  const floorOf = (file: string): number => {
    if (table.entries.includes(file)) return table.floors.length
    const floor = floors.get(folderOf(file))
    if (floor === undefined) problems.add(`${folderOf(file)}: is in no floor of the table`)
    return floor ?? table.floors.length
  }

  for (const [file, imports] of graph) {
    const floor = floorOf(file)
    for (const imported of imports) {
      const isEntry = table.entries.includes(file)
      if (!isEntry && folderOf(file) === folderOf(imported.file) && !table.entries.includes(imported.file)) continue
      if (isEntry && table.entries.includes(imported.file)) continue
      if (floorOf(imported.file) >= floor) {
        problems.add(`${file}:${imported.line}: imports ${imported.file}, which is not on a lower floor`)
      }
    }
  }
  return [...problems]
}

/** The circles of imports between files, each named once. */
export function circleProblems(graph: ImportGraph): string[] {
  const problems: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    const start = path.indexOf(file)
    if (start !== -1) problems.push([...path.slice(start), file].join(' > '))
    if (start !== -1 || done.has(file)) return
    path.push(file)
    for (const imported of graph.get(file) ?? []) visit(imported.file)
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return problems
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '*.ts'
}
