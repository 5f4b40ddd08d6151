import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf } from '@sidestep/core/project'
import { ask } from '../ask.ts'
import type { Check, Outcome } from '../check.ts'
import { existingFolder } from '../existing-folder.ts'
import { counted } from '../../view/counted.ts'

/** A pipeline needs a package.json around it, so that it finds its packages. */
export const projectCheck: Check = {
  name: 'project',
  tried: 'its package.json',
  run: ({ project }) => {
    const path = join(project.folder, 'package.json')
    if (!existsSync(path)) {
      return [
        { state: 'warning', found: `there is none in ${project.folder}`, hint: '`sidestep init` makes a project.' },
      ]
    }
    try {
      const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'))
      const isObject = typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)
      if (isObject) return [{ state: 'ok', found: path }]
      return [{ state: 'problem', found: `${path} is no JSON object`, hint: 'Mend the file.' }]
    } catch (error) {
      return [{ state: 'problem', found: `${path} cannot be read: ${messageOf(error)}`, hint: 'Mend the file.' }]
    }
  },
}

/** Absent is fine: there is a built-in stack. */
export const projectFileCheck: Check = {
  name: 'sidestep.yaml',
  tried: 'reading it',
  run: async ({ project }) => {
    const file = await project.file()
    if (file === undefined) return [{ state: 'ok', found: 'there is none: the stack default is built in' }]
    const components = Object.values(file.components).flatMap((named) => Object.keys(named)).length
    const stacks = Object.keys(file.stacks).length
    return [{ state: 'ok', found: `${file.path}: ${counted(stacks, 'stack')}, ${counted(components, 'component')}` }]
  },
}

/** The state of a project holds inputs and results, and logs: nobody means to commit them. */
export const gitCheck: Check = {
  name: 'version control',
  tried: 'whether git leaves the home folder out',
  run: async ({ project }) => {
    const { home } = project
    const around = existingFolder(dirname(home))
    if (!isInRepository(around)) return [{ state: 'ok', found: 'it is in no git repository' }]
    if (!existsSync(home)) return [{ state: 'ok', found: 'it is not there yet; it is made with a .gitignore' }]
    return [await askGit(home)]
  },
}

async function askGit(home: string): Promise<Outcome> {
  const hint = `Write a line with * into ${join(home, '.gitignore')}.`
  // A file in it: the folder itself is not ignored by a .gitignore inside.
  const asked = ['check-ignore', '-q', '--no-index', join(home, 'journal.db')]
  try {
    const { exitCode, stderr } = await ask('git', asked, { cwd: dirname(home) })
    if (exitCode === 0) return { state: 'ok', found: `${home} is ignored` }
    if (exitCode === 1) return { state: 'warning', found: `git would take ${home} into a commit`, hint }
    return { state: 'warning', found: `git cannot tell: ${stderr.trim()}`, hint }
  } catch (error) {
    return { state: 'warning', found: `git cannot tell: ${messageOf(error)}`, hint }
  }
}

function isInRepository(start: string): boolean {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return true
    if (folder === dirname(folder)) return false
  }
}
