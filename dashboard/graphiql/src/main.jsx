// GraphiQL over this server's endpoint, behind a small sign-in form.
import { useCallback, useState } from "react";
import { createRoot } from "react-dom/client";
import { GraphiQL } from "graphiql";
import "graphiql/graphiql.css";
import { Login } from "./login.jsx";
import "./style.css";
import { language, texts } from "./texts.js";

const TOKEN = "fieldgate.token"; // in sessionStorage: closing the tab signs out

async function ask(token, request, headers) {
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json, application/json",
      "Content-Type": "application/json",
      Authorization: `Bearer ${token}`,
      "X-Fieldgate-Cost": "1",
      ...headers,
    },
    body: JSON.stringify(request),
  });
  return { status: answer.status, body: await answer.json() };
}

function App({ query }) {
  const [token, setToken] = useState(sessionStorage.getItem(TOKEN));
  const [complaint, setComplaint] = useState("");

  function keep(given) {
    sessionStorage.setItem(TOKEN, given);
    setComplaint("");
    setToken(given);
  }

  const forget = useCallback((why) => {
    sessionStorage.removeItem(TOKEN);
    setComplaint(why);
    setToken(null);
  }, []);

  const fetcher = useCallback(
    async (request, options) => {
      const { status, body } = await ask(token, request, options?.headers);
      if (status === 401) forget(texts.expired);
      return body;
    },
    [token, forget],
  );

  if (!token) return <Login onToken={keep} complaint={complaint} />;
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultQuery={query}
      variables={firstVariables}
      defaultEditorToolsVisibility="variables"
    >
      <GraphiQL.Logo>
        <button type="button" className="sign-out" onClick={() => forget("")}>
          {texts.signOut}
        </button>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

// GraphiQL keeps what was typed; only who comes for the first time needs a start.
const firstVariables = localStorage.getItem("graphiql:tabState") ? undefined : '{\n  "id": ""\n}';

document.documentElement.lang = language;
const query = (await (await fetch("/graphiql/default-query.graphql")).text()).trim();
createRoot(document.getElementById("root")).render(<App query={query} />);
