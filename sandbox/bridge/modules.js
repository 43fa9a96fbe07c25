// The names of the page's module: they are in no global scope, so a line in front of the linked module script hands over
// functions made inside it (`MODULE_HEAD` in document.py), in an event of which nothing stays.
//
// A page may send such an event itself. It then misreports its own names, which it can do without.

const moduleScopes = list(); // { get(text), set(name, value), self() }, each the page's
const referenceErrors = ReferenceError.prototype;
const isUnknownName = (error) => attempt(getPrototypeOf, error) === referenceErrors;

listen(document, 'palimpsest module', (event) => {
  const handed = detailOf(event);
  const { get, set, self } = handed;
  const module = { __proto__: null, get, set, exported: undefined };
  push(moduleScopes, module);
  const keep = (namespace) => { module.exported = namespace; };
  then(apply(self, undefined, []), keep, () => {}); // an error of the module is noted where it happens
});

/** What a text gives in the modules' scopes, which reach the global one; where none knows its names, what `other` gives. */
function fromModules(text, other) {
  for (let i = 0; i < moduleScopes.length; i++) {
    const { get, exported } = moduleScopes[i];
    try {
      return apply(get, undefined, [text]);
    } catch (error) {
      if (!isUnknownName(error)) throw error;
    }
    if (exported && hasOwn(exported, text)) return exported[text]; // exported by another name than its own
  }
  return other(text);
}

/** Assign to a name of a module; tells whether a module knows the name. */
function assignInModules(name, value) {
  for (let i = 0; i < moduleScopes.length; i++) {
    try {
      apply(moduleScopes[i].set, undefined, [name, value]);
      return true;
    } catch (error) {
      if (!isUnknownName(error)) throw error;
    }
  }
  return false;
}
