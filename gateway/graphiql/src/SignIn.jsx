import { useState } from 'react';
import { Card, Field, Problem } from './Card.jsx';
import { signIn } from './session.js';

/** The form before the editor. `problem` is what went wrong before it was shown, if anything. */
export function SignIn({ problem: earlier, onSignedIn, onVisit }) {
  const [problem, setProblem] = useState(earlier);
  const [busy, setBusy] = useState(false);

  async function submit(event) {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    setProblem(null);
    try {
      onSignedIn(await signIn(form.email.value, form.password.value));
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
      form.password.select();
    }
  }

  return (
    <Card title="Sign in" lead="The query editor opens with ready-made operations for your role.">
      <form onSubmit={submit} aria-busy={busy}>
        <Field label="E-mail" name="email" type="email" autoComplete="username" autoFocus />
        <Field label="Password" name="password" type="password" autoComplete="current-password" />
        <Problem>{problem}</Problem>
        <button type="submit" className="primary" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
      </form>
      <p className="aside">
        <button type="button" className="link" onClick={onVisit}>
          Look around without an account
        </button>
      </p>
    </Card>
  );
}
