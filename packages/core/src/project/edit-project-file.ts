import type { ProjectFileEdit } from './project-file-edit.ts'
import type { ProjectFile } from './project-file.ts'

/**
 * Changes sidestep.yaml, or makes it. Comments, order and what else is in the file stay; the file is replaced as a whole.
 * Who edits at the same time is waited for, 30 seconds at most, and a file that somebody saved in the meantime is read
 * and changed again: `change` may be called more than once. Rejects with `CONFIG_INVALID` where the file is not valid
 * before, or cannot be written; then it stays as it was.
 */
export async function editProjectFile(
  path: string,
  change: (edit: ProjectFileEdit) => void | Promise<void>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ProjectFile> {
  // What parses YAML and asks the system for processes is loaded by those who edit only.
  const [{ ProjectFileChanges }, { replaceProjectFile }] = await Promise.all([
    import('./project-file-changes.ts'),
    import('./replace-project-file.ts'),
  ])
  let file: ProjectFile | undefined
  await replaceProjectFile(
    path,
    async (text) => {
      const changes = new ProjectFileChanges(path, text ?? NEW_FILE)
      await change(changes)
      file = changes.file
      return changes.text
    },
    options,
  )
  if (file === undefined) throw new Error('the file was not read')
  return file
}

const NEW_FILE = `# yaml-language-server: $schema=.sidestep/sidestep.schema.json
# The stacks of this project and what they are composed of. Edited by hand or by \`sidestep stack\`; it holds no secrets.

`
