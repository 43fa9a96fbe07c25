import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';

import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useState } from 'react';
import iconUrl from './icon.svg';
import { drawerFor } from './drawer.js';
import { tabsFor } from './tabs.js';

const socketUrl = new URL('/graphql', window.location.href.replace(/^http/, 'ws')).href;
const fetcher = createGraphiQLFetcher({ url: '/graphql', subscriptionUrl: socketUrl });

/** The editor looks at the system's colours only when it opens; this tells it when they change. */
function SystemColours() {
  const theme = useGraphiQL((state) => state.theme);
  const { setTheme } = useGraphiQLActions();
  useEffect(() => {
    if (theme !== null) return undefined; // chosen in the editor's settings
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setTheme(null);
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, [theme, setTheme]);
  return null;
}

/** GraphiQL below one line that says who is asking. */
export default function Workbench({ viewer, problem, onLeave }) {
  const visiting = viewer.role === 'VISITOR';
  const drawer = useMemo(() => drawerFor(viewer.role), [viewer.role]);
  const [edition, setEdition] = useState(0);
  const opening = useMemo(() => {
    const tabs = tabsFor(viewer.role);
    // Without remembered tabs the first one is open, and the editor shows its variables only if told them apart.
    const [{ query, variables }] = tabs;
    const first = drawer.hasTabs() ? {} : { initialQuery: query, initialVariables: variables };
    return { defaultTabs: tabs, ...first };
  }, [viewer.role, drawer, edition]);

  function restore() {
    if (!window.confirm('Close all tabs and open the ready-made ones again?')) return;
    drawer.forgetTabs();
    setEdition(edition + 1);
  }

  return (
    <div className="workbench">
      <header className="who">
        <span className="brand">
          <img src={iconUrl} alt="" width="20" height="20" /> Palimpsest
        </span>
        <span className="problem-line" role="alert">{problem}</span>
        <button type="button" className="quiet" onClick={restore} title="Open the ready-made operations again">
          Ready-made tabs
        </button>
        <span className="name">{visiting ? 'Not signed in' : viewer.displayName}</span>
        <span className="role">{viewer.role.toLowerCase()}</span>
        <button type="button" className="quiet" onClick={onLeave}>
          {visiting ? 'Sign in' : 'Sign out'}
        </button>
      </header>
      <GraphiQL key={edition} fetcher={fetcher} storage={drawer} defaultEditorToolsVisibility="variables" {...opening}>
        <GraphiQL.Logo>
          <SystemColours />
        </GraphiQL.Logo>
      </GraphiQL>
    </div>
  );
}
