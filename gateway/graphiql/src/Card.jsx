import iconUrl from './icon.svg';

/** A page with one small card in its middle: sign-in and invitation. */
export function Card({ title, lead, children }) {
  return (
    <main className="card-page">
      <section className="card" aria-labelledby="card-title">
        <p className="brand">
          <img src={iconUrl} alt="" width="28" height="28" /> Palimpsest
        </p>
        <h1 id="card-title">{title}</h1>
        {lead && <p className="lead">{lead}</p>}
        {children}
      </section>
    </main>
  );
}

export function Field({ label, hint, ...input }) {
  return (
    <label className="field">
      <span>{label}</span>
      <input required {...input} />
      {hint && <small>{hint}</small>}
    </label>
  );
}

/** The place for what went wrong; read out by screen readers when it appears. */
export function Problem({ children }) {
  return (
    <div role="alert" className={children ? 'problem' : undefined}>
      {children}
    </div>
  );
}
