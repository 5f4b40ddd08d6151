// Adds operators to a file, each in an edit of its own, and says when each is there.
import { editProjectFile } from '../../../src/project/edit-project-file.ts'

const [path = '', prefix = '', times = '1'] = process.argv.slice(2)
try {
  for (let count = 0; count < Number(times); count += 1) {
    await editProjectFile(path, (edit) => {
      edit.addComponent('step_operator', `${prefix}${count}`, { flavor: 'local', config: { count } })
    })
    process.stdout.write('.')
  }
} catch (error) {
  console.error((error as { code?: string }).code, error)
  process.exitCode = 1
}
