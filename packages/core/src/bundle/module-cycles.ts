import { SidestepError } from '../errors.ts'

/**
 * Replaces rolldown's wrapper of lazily evaluated modules where one of them awaits at its top level. Its own version
 * lets the modules of an import cycle wait for each other for ever; this one does as the language does: a module does
 * not wait for one that waits for it. No line moves, so the source map stays true.
 */
export function withoutWaitingCycles(code: string): string {
  if (!/\b__esmMin(?:\$\d+)?\(\(?async\b/.test(code)) return code
  if (!WRAPPER.test(code)) {
    throw new SidestepError('the bundler wraps modules in a way that this version of Sidestep does not know', {
      code: 'INTERNAL',
      kind: 'config',
      hint: 'Install the version of rolldown that the package.json of @sidestep/core names.',
    })
  }
  return code.replaceAll(new RegExp(WRAPPER, 'gm'), (definition, name: string) => {
    const lines = definition.split('\n').length - 1
    return `var ${name} = ${CYCLE_AWARE_WRAPPER}${'\n'.repeat(lines)}`
  })
}

const WRAPPER = /^var (__esmMin(?:\$\d+)?) = \(fn, res, err\) => \(\) => \{\n(?:\t.*\n)*\};\n/m

// Who imports is known from the asynchronous context: rolldown's calls of the wrapper do not say. On one line.
const CYCLE_AWARE_WRAPPER = `(() => {
  const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
  const evaluating = new AsyncLocalStorage();
  const waits = (from, target, seen) => from === target ||
    [...from.waitsFor].some((next) => !seen.has(next) && waits(next, target, seen.add(next)));
  return (evaluate, result, failure) => {
    const self = { pending: false, waitsFor: new Set() };
    return () => {
      if (failure) throw failure.error;
      const importer = evaluating.getStore();
      if (self.pending && importer && waits(self, importer, new Set())) return Promise.resolve();
      importer?.waitsFor.add(self);
      const settled = () => importer?.waitsFor.delete(self);
      try {
        if (evaluate) result = evaluating.run(self, evaluate, (evaluate = 0));
      } catch (error) {
        settled();
        throw (failure = { error }).error;
      }
      if (!(result instanceof Promise)) {
        settled();
        return Promise.resolve();
      }
      if (!self.known) {
        self.known = self.pending = true;
        const done = () => { self.pending = false };
        result.then(done, done);
      }
      result.then(settled, settled);
      return result;
    };
  };
})();`.replaceAll(/\n\s*/g, ' ')
