// What chai asks about a value goes through here (see vite.chai.config.js): the sandbox sets these, so that no value of a
// learner's page is described, or its type told, by code that it brings along.
export const hooks = {
  /** The text of a value for a message. */
  describe: undefined,
  /** The type of a value, such as `Array`. */
  typeOf: undefined,
  /** The value itself, or for a collection of the page one of ours with the same elements. */
  plain: (value) => value,
};
