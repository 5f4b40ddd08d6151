import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep, sidestepEach } from './helpers/sidestep.ts'

const PIPELINE = `import { pipeline } from '@sidestep/core'\nexport default pipeline('plain', async () => 1)\n`

let project: Project

beforeAll(async () => {
  project = await createProject({ 'plain.ts': PIPELINE }, { withHome: false })
  const { code, stderr } = await sidestep(['run', 'plain.ts', '--id', 'one'], { cwd: project.folder })
  if (code !== 0) throw new Error(stderr)
})

afterAll(() => project.remove())

test.concurrent.each<[what: string, harm: (path: string) => void, expected: string]>([
  ['no database', (path) => writeFileSync(path, 'no database '.repeat(1000)), 'is damaged: file is not a database'],
  ['of a newer Sidestep', (path) => change(path, 'PRAGMA user_version = 999'), 'was written by a newer Sidestep'],
  ['a folder', replaceByFolder, 'unable to open'],
])('a journal that is %s: one message, exit code 2', async (_what, harm, expected) => {
  const copy = await createProject({ 'plain.ts': PIPELINE }, { withHome: false })
  cpSync(join(project.folder, '.sidestep'), join(copy.folder, '.sidestep'), { recursive: true })
  harm(join(copy.folder, '.sidestep/journal.db'))
  const lines = [
    ['runs', 'show', 'one'],
    ['run', 'plain.ts'],
  ]
  for (const { code, stdout, stderr } of await sidestepEach(lines, { cwd: copy.folder })) {
    expect(stderr).toContain(expected)
    expect(stderr).toContain('hint: ')
    expect(stderr).toContain('(JOURNAL_FAILED)')
    expect(stderr).not.toMatch(/^ +at /m)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  }
  await copy.remove()
})

test.concurrent('a journal that another process has locked', async () => {
  const path = join(project.folder, '.sidestep/journal.db')
  const holder = spawn(process.execPath, ['-e', HOLD, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(holder.stdout, 'data')
    const { code, stderr } = await sidestep(['runs', 'list'], { cwd: project.folder })
    expect(stderr).toContain('another process has held the journal')
    expect(stderr).toContain('hint: Look for a process')
    expect(code).toBe(2)
  } finally {
    holder.kill()
  }
})

const HOLD = `
const { DatabaseSync } = require('node:sqlite')
new DatabaseSync(process.argv[1]).exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
console.log('held')
setInterval(() => {}, 1000)
`

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

function replaceByFolder(path: string): void {
  rmSync(path)
  mkdirSync(path)
}
