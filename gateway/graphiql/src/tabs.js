// The ready-made tabs: one file an operation, and a list of who gets which with what variables.
import catalogue from './tabs.json';

const ORDER = ['VISITOR', 'LEARNER', 'AUTHOR', 'REVIEWER', 'ADMIN'];
const sources = import.meta.glob('./operations/*.graphql', { query: '?raw', import: 'default', eager: true });

/** Tabs for GraphiQL in the order of the list; each role has those of the roles before it too. */
export function tabsFor(role) {
  const rank = ORDER.indexOf(role.toUpperCase());
  const aMinuteAgo = new Date(Date.now() - 60_000).toISOString();
  return catalogue
    .filter((tab) => ORDER.indexOf(tab.from) <= rank)
    .map((tab) => ({
      query: sources[`./operations/${tab.operation}.graphql`],
      variables: JSON.stringify(tab.variables, null, 2).replace('{aMinuteAgo}', aMinuteAgo),
    }));
}
