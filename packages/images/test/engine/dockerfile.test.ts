import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { contextEntries } from '../../src/engine/build-context.ts'
import { buildFailure } from '../../src/engine/build-failure.ts'
import { parseDockerfile, withImages } from '../../src/engine/dockerfile.ts'
import { packagesDockerfile, packagesOf } from '../../src/engine/packages-dockerfile.ts'
import { signal, temporaryFolder } from '../builder/support.ts'

const TEXT = `# syntax=docker/dockerfile:1
ARG VERSION=24
FROM --platform=$BUILDPLATFORM node:\${VERSION}-slim AS tools
COPY ["a b.txt", "c.txt", "/x/"]
FROM python:3.13 as last
COPY --from=tools /x /x
COPY --from=ghcr.io/acme/data:1 /d /d
ARG SRC=src
ADD https://example.com/y.tgz \\
  # a comment
  lock*.txt \${SRC:-x}/a /z/
RUN --mount=type=bind,source=req.txt,target=/r --mount=type=bind,from=busybox:1,target=/b true
COPY <<EOF /file
FROM nothing
EOF
`

test('what a Dockerfile takes from outside', () => {
  const { images, base, sources } = parseDockerfile(TEXT, 'Dockerfile')
  expect(images.map(({ name }) => name)).toEqual(['node:24-slim', 'python:3.13', 'ghcr.io/acme/data:1', 'busybox:1'])
  expect(base).toBe('python:3.13')
  expect(sources).toEqual(['a b.txt', 'c.txt', 'lock*.txt', 'src/a', 'req.txt'])
  const pinned = withImages(
    TEXT,
    images.map((image, index) => ({ ...image, name: `pinned-${index}` })),
  )
  expect(pinned).toContain('FROM --platform=$BUILDPLATFORM pinned-0 AS tools')
  expect(pinned).toContain('FROM pinned-1 as last')
  expect(pinned).toContain('--from=pinned-2 /d')
  expect(pinned).toContain('from=pinned-3,target=/b')
  expect(pinned.split('\n')).toHaveLength(TEXT.split('\n').length)
})

test.each([
  ['RUN true', 'no FROM'],
  ['FROM $BASE', 'nothing says what that is'],
  ['ARG BASE\nFROM ${BASE}:1', 'Dockerfile:2'],
])('%j is refused', (text, message) => {
  expect(() => parseDockerfile(text, 'Dockerfile')).toThrow(message)
})

test('a stage is no image, and a variable of the base may be any file', () => {
  const { images, base, sources } = parseDockerfile(
    'FROM scratch AS one\nCOPY $HERE /x\nFROM one\nCOPY --from=0 /x /y\n',
    'Dockerfile',
  )
  expect([images, base, sources]).toEqual([[], undefined, ['']])
})

test('no text makes the reader fail but by its own errors', () => {
  const word = fc.constantFrom(
    'FROM ',
    'COPY ',
    '--from=',
    'RUN --mount=',
    'from=',
    '["',
    '"]',
    '<<EOF',
    '\n',
    '\\\n',
    '${A',
    '}',
    'a',
    ' ',
    '#',
    'ARG A=',
    '\r\n',
    ',',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      try {
        const text = words.join('')
        const { images } = parseDockerfile(text, 'Dockerfile')
        for (const { start, end } of images) expect(start).toBeLessThanOrEqual(end)
        expect(withImages(text, images).length).toBeGreaterThanOrEqual(0)
      } catch (error) {
        expect(error).toMatchObject({ code: 'IMAGE_INVALID' })
      }
    }),
    { numRuns: 500 },
  )
})

test('the context is what is copied, without secrets and what is ignored', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'src/deep'), { recursive: true })
  for (const name of ['lock-1.txt', 'lock-2.txt', 'other.txt', 'src/a', 'src/deep/b', 'src/.env', 'src/log', '.env']) {
    await writeFile(join(folder, name), name)
  }
  await writeFile(join(folder, '.dockerignore'), '**/log\n')
  const paths = async (...sources: readonly string[]) => {
    const entries = await contextEntries({ projectFolder: folder, dockerfile: 'Dockerfile', sources, signal })
    return entries
      .filter(({ type }) => type === 'file')
      .map(({ path }) => path)
      .toSorted()
  }
  expect(await paths('lock-*.txt', './src/')).toEqual(['lock-1.txt', 'lock-2.txt', 'src/a', 'src/deep/b'])
  expect(await paths('lock-[^1].txt', '/s?c/a')).toEqual(['lock-2.txt', 'src/a'])
  expect(await paths('')).toEqual(['.dockerignore', 'lock-1.txt', 'lock-2.txt', 'other.txt', 'src/a', 'src/deep/b'])
  await expect(paths('.env')).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  await expect(paths('none.txt')).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  await expect(paths('none*.txt')).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  await writeFile(join(folder, 'Dockerfile.dockerignore'), 'other.txt\n')
  expect(await paths('')).toContain('src/log')
})

test('packages become lines that a shell cannot misread', () => {
  const packages = packagesOf({
    aptPackages: ['jq', 'libc6=2.36-9'],
    pipRequirements: [`numpy==2; python_version>'3'`],
  })
  const text = packagesDockerfile(packages, { parent: 'base@sha256:1', user: '1000' })
  expect(text.split('\n')).toEqual([
    'FROM base@sha256:1',
    'USER root',
    expect.stringContaining('install -y --no-install-recommends jq libc6=2.36-9 &&'),
    expect.stringContaining(`--no-cache-dir 'numpy==2; python_version>'\\''3'\\'''`),
    'USER 1000',
    '',
  ])
  expect(() => packagesOf({ aptPackages: ['jq; rm -rf /'] })).toThrow('no Debian package')
  expect(() => packagesOf({ pipRequirements: ['--index-url https://user:secret@host'] })).toThrow('no requirement')
  expect(() => packagesOf({ pipRequirements: ['a\nRUN b'] })).toThrow('no requirement')
})

test.each([
  [['#7 [2/2] COPY x /y', '#7 ERROR: no space left on device'], 'infra', 'no space'],
  [['#3 ERROR: failed to do request: dial tcp: connection refused'], 'infra', 'refused'],
  [['#3 ERROR: pull access denied, repository does not exist'], 'auth', 'denied'],
  [
    ['#4 [2/2] RUN curl x', '#4 0.1 connection refused', '#4 ERROR: exit code: 7'],
    'config',
    'Dockerfile:2: RUN curl x',
  ],
  [['Dockerfile parse error line 2: unknown instruction: RUM'], 'config', 'Dockerfile:2'],
  [
    ['STEP 1/2: FROM a', 'STEP 2/2: RUN curl x', 'boom', 'Error: building at STEP "RUN curl x": exit status 1'],
    'config',
    'boom',
  ],
])('%j', (output, kind, message) => {
  const error = buildFailure({ origin: 'Dockerfile', dockerfile: 'FROM a\nRUN curl \\\n  x\n', output })
  expect(error).toMatchObject({ code: 'IMAGE_FAILED', kind })
  expect(error.message).toContain(message.replace('RUN curl x', 'RUN curl \\\n  x'))
})
