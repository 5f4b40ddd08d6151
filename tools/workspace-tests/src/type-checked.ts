import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { listSources, type Workspace } from './repository.ts'

/**
 * TypeScript files that `tsc -b` at the root does not see. Configuration files of one line and fixtures, which are wrong
 * on purpose, need no check.
 */
export function typeCheckProblems(root: string, workspaces: readonly Workspace[]): string[] {
  const projects = (readConfig(join(root, 'tsconfig.json')).references ?? []).map(({ path }) => path)
  const included = projects.flatMap((project) =>
    (readConfig(join(root, project, 'tsconfig.json')).include ?? []).map((folder) => `${posix.join(project, folder)}/`),
  )
  const sources = workspaces.flatMap(({ path }) =>
    listSources(join(root, path))
      .filter((file) => !/^fixtures\/|\.config\.ts$/.test(file))
      .map((file) => `${path}/${file}`),
  )
  return sources
    .filter((file) => !included.some((folder) => file.startsWith(folder)))
    .map((file) => `${file}: is in no folder that a project of tsconfig.json includes`)
}

function readConfig(file: string): { references?: readonly { path: string }[]; include?: readonly string[] } {
  return JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof readConfig>
}
