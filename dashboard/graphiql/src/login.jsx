// The sign-in form: a login with its password, or a token.
import { useState } from "react";
import { texts } from "./texts.js";

// The token, or why there is none.
async function tokenFor(login, password) {
  const answer = await fetch("/auth/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ login, password }),
  });
  if (answer.ok) return { token: (await answer.json()).token };
  if (answer.status === 401) return { complaint: texts.wrong };
  return { complaint: answer.status === 429 ? texts.tooOften : texts.unreachable };
}

export function Login({ onToken, complaint: first }) {
  const [complaint, setComplaint] = useState(first);
  const [busy, setBusy] = useState(false);

  async function signIn(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const { token, complaint } = await tokenFor(form.get("login"), form.get("password"));
      if (token) onToken(token);
      else setComplaint(complaint);
    } catch {
      setComplaint(texts.unreachable);
    } finally {
      setBusy(false);
    }
  }

  function useToken(event) {
    event.preventDefault();
    onToken(new FormData(event.currentTarget).get("token").trim());
  }

  return (
    <main className="login">
      <h1>{texts.title}</h1>
      <p role="alert">{complaint}</p>
      <form onSubmit={signIn}>
        <label>
          {texts.login}
          <input name="login" autoComplete="username" required autoFocus />
        </label>
        <label>
          {texts.password}
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button disabled={busy}>{texts.signIn}</button>
      </form>
      <p className="or">{texts.or}</p>
      <form onSubmit={useToken}>
        <label>
          {texts.token}
          <input name="token" autoComplete="off" spellCheck={false} required />
        </label>
        <button>{texts.useToken}</button>
      </form>
    </main>
  );
}
