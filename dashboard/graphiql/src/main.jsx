// GraphiQL over this server's endpoint, behind a small sign-in form.
import { useCallback, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { GraphiQL } from "graphiql";
import { getOperationAST, parse } from "graphql";
import "graphiql/graphiql.css";
import { Login } from "./login.jsx";
import "./style.css";
import { language, texts } from "./texts.js";

const TOKEN = "fieldgate.token"; // in sessionStorage: closing the tab signs out

function post(token, request, headers, signal) {
  return fetch("/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify(request),
    signal,
  });
}

async function ask(token, request, headers) {
  const answer = await post(token, request, {
    Accept: "application/graphql-response+json, application/json",
    "X-Fieldgate-Cost": "1",
    ...headers,
  });
  return { status: answer.status, body: await answer.json() };
}

// What a subscription shows, by a stream of events: each answer, until it is over or stopped.
async function* read(token, request, headers, signal) {
  try {
    const answer = await post(token, request, { ...headers, Accept: "text/event-stream" }, signal);
    if (!answer.ok) return yield await answer.json();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = "", piece; !(piece = await reader.read()).done; ) {
      const events = (rest + piece.value).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const said = event.match(/^event: next\ndata: (.*)$/s);
        if (said) yield JSON.parse(said[1]);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

// A generator's own return() would wait for the next answer.
function watch(token, request, headers) {
  const stop = new AbortController();
  const answers = read(token, request, headers, stop.signal);
  const iterator = {
    next: () => answers.next(),
    return: async () => {
      stop.abort();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

// Read here: the document that GraphiQL passes along is the one before the last keystrokes.
function isWatched({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === "subscription";
  } catch {
    return false; // the server says what is wrong
  }
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
      if (isWatched(request)) return watch(token, request, options?.headers);
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
