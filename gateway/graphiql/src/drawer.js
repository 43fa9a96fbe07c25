// What the editor remembers between visits, kept apart for each role: who signs in as an author finds an
// author's tabs, whatever a visitor left open in the same browser. What the editor calls its storage.

// The editor keeps the text of the open tab twice: with all tabs, and by itself.
const TABS = ['tabState', 'query', 'variables', 'headers', 'operationName'];

/** A store of the shape of `localStorage` for one role. */
export function drawerFor(role) {
  const prefix = `palimpsest:${role.toLowerCase()}:`;
  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  return {
    get length() {
      return keys().length;
    },
    getItem: (key) => localStorage.getItem(prefix + key),
    setItem: (key, value) => localStorage.setItem(prefix + key, value),
    removeItem: (key) => localStorage.removeItem(prefix + key),
    clear: () => keys().forEach((key) => localStorage.removeItem(key)),
    hasTabs: () => localStorage.getItem(`${prefix}graphiql:tabState`) !== null,
    /** Theme, panes and past operations stay. */
    forgetTabs: () => TABS.forEach((key) => localStorage.removeItem(`${prefix}graphiql:${key}`)),
  };
}
