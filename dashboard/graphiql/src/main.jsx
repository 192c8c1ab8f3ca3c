// GraphiQL over this server's endpoint, behind a small sign-in form.
import { useCallback, useEffect, useState } from "react";
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

// GraphiQL keeps what was typed; who comes for the first time starts with a contact that is there.
async function firstVariables(token) {
  if (localStorage.getItem("graphiql:tabState")) return undefined;
  const query = "{ contacts(first: 1, orderBy: UPDATED_AT_DESC) { nodes { id } } }";
  // Without the right to see contacts there is none: that is no failure of the page.
  const { body } = await ask(token, { query }, { Accept: "application/json" });
  return JSON.stringify({ id: body.data?.contacts?.nodes[0]?.id ?? "" }, null, 2);
}

function App({ query }) {
  const [token, setToken] = useState(sessionStorage.getItem(TOKEN));
  const [start, setStart] = useState(null);
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

  useEffect(() => {
    const begin = (variables) => setStart({ variables });
    if (token) firstVariables(token).then(begin, () => begin(undefined));
  }, [token]);

  if (!token) return <Login onToken={keep} complaint={complaint} />;
  if (!start) return null;
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultQuery={query}
      variables={start.variables}
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

document.documentElement.lang = language;
const query = (await (await fetch("/graphiql/default-query.graphql")).text()).trim();
createRoot(document.getElementById("root")).render(<App query={query} />);
