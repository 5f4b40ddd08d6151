import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listSources, type Workspace } from './repository.ts'

/**
 * TypeScript files that `tsc -b` at the root does not see. Configuration files of one line and fixtures, which are wrong
 * on purpose, need no check.
 */
export function typeCheckProblems(root: string, workspaces: readonly Workspace[]): string[] {
  const { references } = readConfig(join(root, 'tsconfig.json'))
  const problems: string[] = []
  for (const { path } of workspaces) {
    const sources = listSources(join(root, path)).filter((file) => !/^fixtures\/|\.config\.ts$/.test(file))
    if (sources.length === 0) continue
    if (references?.some((reference) => reference.path === path) !== true) {
      problems.push(`${path}: is not among the references of tsconfig.json`)
      continue
    }
    const config = join(root, path, 'tsconfig.json')
    const folders = existsSync(config) ? (readConfig(config).include ?? []) : []
    for (const file of sources) {
      if (!folders.some((folder) => file.startsWith(`${folder}/`))) {
        problems.push(`${path}/${file}: is in no folder that ${path}/tsconfig.json includes`)
      }
    }
  }
  return problems
}

function readConfig(file: string): { references?: readonly { path: string }[]; include?: readonly string[] } {
  return JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof readConfig>
}
