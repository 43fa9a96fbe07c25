import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Card, Field, Problem } from './Card.jsx';
import './style.css';

const ACCEPT = `mutation AcceptInvitation($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) {
    viewer { user { displayName } }
    userErrors { code message path }
  }
}`;

// The token stands after the #, which browsers send to no server, and leaves the address bar at once.
const token = window.location.hash.slice(1);
window.history.replaceState(null, '', window.location.pathname);

/** The display name of the person who may now sign in; throws with what stands in the way. */
async function accept(password) {
  let answer;
  try {
    const sent = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query: ACCEPT, variables: { input: { token, password } } }),
    });
    answer = await sent.json();
  } catch {
    throw new Error('The server cannot be reached. Try again in a moment.');
  }
  const faults = answer.errors ?? answer.data.acceptInvitation.userErrors;
  if (faults.length > 0) throw new Error(faults.map((fault) => fault.message).join(' '));
  return answer.data.acceptInvitation.viewer.user.displayName;
}

function Invitation() {
  const [welcome, setWelcome] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);

  async function submit(event) {
    event.preventDefault();
    const { password, again } = event.currentTarget;
    if (password.value !== again.value) {
      setProblem('The two passwords differ.');
      again.select();
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      setWelcome(await accept(password.value));
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  }

  if (token === '') {
    return (
      <Card title="Invitation" lead="This address holds no invitation. Open the whole link that you were given, up to its last character.">
        <p className="aside"><a href="/graphql">Go to the sign-in form</a></p>
      </Card>
    );
  }
  if (welcome !== null) {
    return (
      <Card title={`Welcome, ${welcome}`} lead="Your password is set. Sign in with it and the address that was invited.">
        <a className="primary" href="/graphql">Go to the sign-in form</a>
      </Card>
    );
  }
  return (
    <Card title="Choose a password" lead="You have been invited. One password, and the account is yours.">
      <form onSubmit={submit} aria-busy={busy}>
        <Field label="Password" name="password" type="password" autoComplete="new-password" minLength={8} maxLength={256} hint="8 to 256 characters." autoFocus />
        <Field label="The same again" name="again" type="password" autoComplete="new-password" minLength={8} maxLength={256} />
        <Problem>{problem}</Problem>
        <button type="submit" className="primary" disabled={busy}>
          {busy ? 'Setting it …' : 'Set password'}
        </button>
      </form>
    </Card>
  );
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Invitation />
  </StrictMode>,
);
