import { StrictMode, Suspense, lazy, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { SignIn } from './SignIn.jsx';
import { currentSession, signOut } from './session.js';
import './style.css';

const VISITOR = { displayName: null, role: 'VISITOR' };
const VISITING = 'palimpsest:visiting'; // kept for the browser tab only, so that a reload stays where it was

// The editor is large: it is fetched while somebody signs in, and the form does not wait for it.
const loadWorkbench = () => import('./Workbench.jsx');
const Workbench = lazy(loadWorkbench);

function App() {
  const [viewer, setViewer] = useState(undefined); // undefined: not asked yet, null: nobody
  const [problem, setProblem] = useState(null);

  useEffect(() => {
    loadWorkbench();
    currentSession()
      .then((session) => setViewer(session ?? (sessionStorage.getItem(VISITING) ? VISITOR : null)))
      .catch((error) => {
        setProblem(error.message);
        setViewer(null);
      });
  }, []);

  // A session can end elsewhere: by time, or in another tab. Coming back to the window is when it matters.
  useEffect(() => {
    if (!viewer || viewer === VISITOR) return undefined;
    const check = () =>
      currentSession().then(
        (session) => {
          if (session !== null) return;
          setProblem('Your session has ended. Sign in again.');
          setViewer(null);
        },
        () => undefined, // no answer is no proof: the next query will tell
      );
    window.addEventListener('focus', check);
    return () => window.removeEventListener('focus', check);
  }, [viewer]);

  function enter(next) {
    if (next === VISITOR) sessionStorage.setItem(VISITING, '1');
    else sessionStorage.removeItem(VISITING);
    setProblem(null);
    setViewer(next);
  }

  async function leave() {
    try {
      if (viewer !== VISITOR) await signOut();
      enter(null);
    } catch (error) {
      setProblem(error.message);
    }
  }

  if (viewer === undefined) return null;
  if (viewer === null) {
    return <SignIn problem={problem} onSignedIn={enter} onVisit={() => enter(VISITOR)} />;
  }
  return (
    <Suspense fallback={<p className="loading">Opening the editor …</p>}>
      <Workbench key={viewer.role} viewer={viewer} problem={problem} onLeave={leave} />
    </Suspense>
  );
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
