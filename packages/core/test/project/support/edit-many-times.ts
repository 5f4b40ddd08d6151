// Adds operators to a file, each in an edit of its own, and says when each is there. With `unprivileged`, as a user who
// may do nothing in particular.
import { editProjectFile } from '../../../src/project/edit-project-file.ts'
// What an edit loads later: that user may not be allowed to read it.
import '../../../src/project/project-file-changes.ts'
import '../../../src/project/replace-project-file.ts'

const NOBODY = 65_534

const [path = '', prefix = '', times = '1', as] = process.argv.slice(2)
if (as === 'unprivileged' && process.getuid?.() === 0) {
  process.setgid?.(NOBODY)
  process.setuid?.(NOBODY)
}
try {
  for (let count = 0; count < Number(times); count += 1) {
    await editProjectFile(path, (edit) => {
      edit.addComponent('step_operator', `${prefix}${count}`, { flavor: 'local', config: { count } })
    })
    process.stdout.write('.')
  }
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
