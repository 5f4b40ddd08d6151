// Before the tests of a file. With SIDESTEP_TEST_BUILT=1 the processes that they start use the packages as they were
// built, so `build` comes before. The tests themselves, and everything without that variable, run from source.
if (process.env['SIDESTEP_TEST_BUILT'] === '1') {
  const preload = `--import=${new URL('use-built-packages.ts', import.meta.url).href}`
  const { NODE_OPTIONS = '' } = process.env
  // Files that share a process find it there.
  if (!NODE_OPTIONS.includes(preload)) process.env['NODE_OPTIONS'] = `${NODE_OPTIONS} ${preload}`.trim()
}
