import { expect, test } from 'vitest'
import { forbiddenWordProblems, forbiddenWords } from '../src/forbidden-words.ts'
import { listFiles, repositoryRoot } from '../src/repository.ts'
import { writeTree } from './tree.ts'

test('no file names a path of one machine', () => {
  expect(forbiddenWordProblems(repositoryRoot, listFiles(repositoryRoot), forbiddenWords)).toEqual([])
})

test('finds a word by file and line', () => {
  const root = writeTree({
    'a.md': `fine\nsee ${forbiddenWords[0]}x`,
    'b.bin': `\0${forbiddenWords[0]}`,
    'c.ts': 'network/',
  })
  expect(forbiddenWordProblems(root, ['a.md', 'b.bin', 'c.ts'], forbiddenWords)).toEqual([
    `a.md:2: contains ${forbiddenWords[0]}`,
  ])
})
