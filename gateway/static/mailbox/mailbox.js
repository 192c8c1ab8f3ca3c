// The development mailbox: asks the API for what arrived, and shows it.
const TEXTS = {
  en: {
    title: "Mailbox",
    signInTitle: "Sign in to see the mailbox",
    login: "Login",
    password: "Password",
    signIn: "Sign in",
    signOut: "Sign out",
    search: "Search (/)",
    refresh: "Refresh",
    empty: "Empty",
    sureToEmpty: "Throw away all mails in the mailbox?",
    more: "Show more",
    html: "HTML",
    text: "Text",
    headers: "Headers",
    from: "From",
    to: "To",
    at: "Received",
    files: "Files",
    back: "‹ All mails",
    other: "Français",
    none: "No mail has arrived yet. Mails that the product sends appear here instead of going out.",
    notFound: "No mail has these words.",
    choose: "Choose a mail. Keys: j and k move, h t r switch the view, / searches, Esc goes back.",
    count: (n) => (n === 1 ? "1 mail" : `${n} mails`),
    wrong: "This login and password don't match.",
    tooOften: "Too many attempts. Wait a minute.",
    unreachable: "The server does not answer. Try again in a moment.",
    expired: "Your session is over. Sign in again.",
    forbidden: "You need the permission 'mail.read'.",
    noSubject: "(no subject)",
  },
  fr: {
    title: "Boîte aux lettres",
    signInTitle: "Connectez-vous pour voir la boîte aux lettres",
    login: "Identifiant",
    password: "Mot de passe",
    signIn: "Se connecter",
    signOut: "Se déconnecter",
    search: "Rechercher (/)",
    refresh: "Actualiser",
    empty: "Vider",
    sureToEmpty: "Jeter tous les messages de la boîte ?",
    more: "Voir la suite",
    html: "HTML",
    text: "Texte",
    headers: "En-têtes",
    from: "De",
    to: "À",
    at: "Reçu",
    files: "Fichiers",
    back: "‹ Tous les messages",
    other: "English",
    none: "Aucun message pour l'instant. Ceux que le produit envoie arrivent ici au lieu de partir.",
    notFound: "Aucun message ne contient ces mots.",
    choose: "Choisissez un message. Touches : j et k se déplacent, h t r changent la vue, / cherche, Échap revient.",
    count: (n) => (n < 2 ? `${n} message` : `${n} messages`),
    wrong: "Identifiant ou mot de passe incorrect.",
    tooOften: "Trop de tentatives. Patientez une minute.",
    unreachable: "Le serveur ne répond pas. Réessayez dans un instant.",
    expired: "Votre session est terminée. Reconnectez-vous.",
    forbidden: "Il vous faut la permission « mail.read ».",
    noSubject: "(sans objet)",
  },
};
// Once chosen, the language is kept; until then it is the browser's.
const CHOSEN = "fieldgate.language";
const spoken = () =>
  localStorage.getItem(CHOSEN) ?? (navigator.language.toLowerCase().startsWith("fr") ? "fr" : "en");
let texts, long, day, time;
// The same token as GraphiQL's: who has signed in there is signed in here, in the same tab.
const KEPT = "fieldgate.token";
const LIST = `query Mailbox($words: String, $after: String) {
  mailbox(first: 50, after: $after, where: {words: {contains: $words}}) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id receivedAt recipient subject }
  }
}`;
const MAIL = `query Mail($id: ID!) {
  mailboxMail(id: $id) {
    sender recipient subject receivedAt headers html text attachments
    mail { mailing { attachments { filename size url } } }
  }
}`;
const EMPTY = "mutation { mailboxEmpty { count } }";
const REFRESH_MS = 5000;

const at = (id) => document.getElementById(id);
let mails = [];
let after = null;
let chosen = null;
let opened = null;
let view = "html";
let asked = 0;

class SignedOut extends Error {}

async function ask(query, variables) {
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json",
      Authorization: `Bearer ${sessionStorage.getItem(KEPT)}`,
    },
    body: JSON.stringify({ query, variables }),
  });
  if (answer.status === 401) throw new SignedOut(texts.expired);
  const { data, errors } = await answer.json();
  const code = errors?.[0].extensions?.code;
  // Files have a permission of their own: without it, a mail is shown with their names only.
  if (code === "FORBIDDEN" && !errors[0].path?.includes("attachments")) {
    throw new SignedOut(texts.forbidden);
  }
  if (errors && code !== "FORBIDDEN") throw new Error(errors[0].message);
  return data;
}

// --- the list ---

async function load({ more = false } = {}) {
  const turn = ++asked;
  const words = at("search").value.trim() || null;
  const { mailbox } = await ask(LIST, { words, after: more ? after : null });
  if (turn !== asked) return; // something else was asked meanwhile
  mails = more ? [...mails, ...mailbox.nodes] : mailbox.nodes;
  after = mailbox.pageInfo.endCursor;
  at("more").hidden = !mailbox.pageInfo.hasNextPage;
  say(texts.count(mailbox.totalCount));
  at("list").replaceChildren(...mails.map(row));
  at("mailbox").classList.toggle("nobody", mails.length === 0);
  if (!mails.some((mail) => mail.id === chosen)) show(null);
  at("nothing").textContent = mails.length ? texts.choose : words ? texts.notFound : texts.none;
}

/** Written only if it is another: what is written there is read aloud, every five seconds else. */
function say(status) {
  if (at("count").textContent !== status) at("count").textContent = status;
}

function row(mail) {
  const item = document.createElement("li");
  item.id = mail.id;
  item.role = "option";
  item.ariaSelected = String(mail.id === chosen);
  const who = document.createElement("b");
  who.textContent = mail.recipient.replace(/ <.*>$/, "").replaceAll('"', "");
  const when = document.createElement("time");
  const date = new Date(mail.receivedAt);
  when.dateTime = mail.receivedAt;
  when.textContent = (date.toDateString() === new Date().toDateString() ? time : day).format(date);
  const subject = document.createElement("span");
  subject.className = "subject";
  subject.textContent = mail.subject || texts.noSubject;
  item.append(who, when, subject);
  item.addEventListener("click", () => quietly(open(mail.id)));
  return item;
}

function back() {
  show(null);
  for (const item of at("list").children) item.ariaSelected = "false";
  at("list").removeAttribute("aria-activedescendant");
  at("list").focus();
}

function move(step) {
  const place = mails.findIndex((mail) => mail.id === chosen);
  const next = mails[Math.min(Math.max(place + step, 0), mails.length - 1)];
  if (next) quietly(open(next.id));
}

// --- one mail ---

async function open(id) {
  chosen = id;
  for (const item of at("list").children) {
    item.ariaSelected = String(item.id === id);
    if (item.id === id) item.scrollIntoView({ block: "nearest" });
  }
  at("list").setAttribute("aria-activedescendant", id);
  const { mailboxMail } = await ask(MAIL, { id });
  if (chosen === id) show(mailboxMail);
}

function show(mail) {
  opened = mail;
  if (!mail) chosen = null;
  at("mailbox").classList.toggle("reading", Boolean(mail));
  at("shown").hidden = !mail;
  at("nothing").hidden = Boolean(mail);
  if (!mail) return;
  at("subject").textContent = mail.subject || texts.noSubject;
  const facts = [
    [texts.from, mail.sender],
    [texts.to, mail.recipient],
    [texts.at, long.format(new Date(mail.receivedAt))],
    ...(mail.attachments.length ? [[texts.files, files(mail)]] : []),
  ];
  at("facts").replaceChildren(...facts.flatMap(([name, said]) => [fact("dt", name), fact("dd", said)]));
  turn(view);
}

function fact(tag, said) {
  const made = document.createElement(tag);
  made.append(said);
  return made;
}

/** The names of a mail's files, each a link if the caller may fetch it. */
function files(mail) {
  const whole = new Map((mail.mail?.mailing?.attachments ?? []).map((file) => [file.filename, file]));
  const list = document.createElement("ul");
  list.className = "files";
  for (const name of mail.attachments) {
    const file = whole.get(name);
    const item = document.createElement("li");
    if (file) {
      const link = document.createElement("a");
      link.href = file.url;
      link.download = name;
      link.textContent = name;
      item.append(link, ` ${size(file.size)}`);
    } else item.append(name);
    list.append(item);
  }
  return list;
}

function size(bytes) {
  const unit = bytes < 1000 ? "byte" : bytes < 1e6 ? "kilobyte" : "megabyte";
  const by = { byte: 1, kilobyte: 1000, megabyte: 1e6 }[unit];
  const unitDisplay = unit === "byte" ? "long" : "short";
  const digits = unit === "megabyte" ? 1 : 0;
  const options = { style: "unit", unit, unitDisplay, maximumFractionDigits: digits };
  return new Intl.NumberFormat(spoken(), options).format(bytes / by);
}

/** The frame runs nothing and loads nothing; its links open beside the mailbox. */
function frame(html) {
  // A new one each time: Chromium leaves one blank that was hidden when it got what to show.
  const made = at("html").cloneNode();
  made.srcdoc = `<base target="_blank">${html}`;
  at("html").replaceWith(made);
}

function turn(wanted) {
  view = wanted;
  if (!opened) return;
  const shown = view === "html" && opened.html === null ? "text" : view;
  for (const tab of at("tabs").children) {
    tab.ariaSelected = String(tab.dataset.view === shown);
    tab.disabled = opened[tab.dataset.view] === null;
  }
  at("html").hidden = shown !== "html";
  at("plain").hidden = shown === "html";
  if (shown === "html") frame(opened.html);
  else at("plain").textContent = opened[shown];
}

// --- signing in and out ---

function signedOut(complaint = "") {
  sessionStorage.removeItem(KEPT);
  at("mailbox").hidden = true;
  at("login").hidden = false;
  at("complaint").textContent = complaint;
  document.querySelector("[name=login]").focus();
}

async function signIn(event) {
  event.preventDefault();
  const { login, password } = Object.fromEntries(new FormData(event.target));
  try {
    const answer = await fetch("/auth/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ login, password }),
    });
    if (!answer.ok) {
      const why = { 401: texts.wrong, 429: texts.tooOften };
      at("complaint").textContent = why[answer.status] ?? texts.unreachable;
      return;
    }
    sessionStorage.setItem(KEPT, (await answer.json()).token);
    event.target.reset();
    await start();
  } catch {
    at("complaint").textContent = texts.unreachable;
  }
}

async function start() {
  at("login").hidden = true;
  at("mailbox").hidden = false;
  await quietly(load());
  // A list of nothing is not shown on a narrow screen.
  at(mails.length ? "list" : "search").focus();
}

async function quietly(work) {
  try {
    await work;
  } catch (error) {
    if (error instanceof SignedOut) signedOut(error.message);
    else say(error instanceof TypeError ? texts.unreachable : error.message);
  }
}

// --- keys and buttons ---

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Home: () => move(-Infinity),
  End: () => move(Infinity),
  Escape: () => back(),
  h: () => turn("html"),
  t: () => turn("text"),
  r: () => turn("headers"),
  "/": () => at("search").select(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input");
  if (typing && event.key === "Escape") at("list").focus();
  if (typing || at("mailbox").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

let typed;
at("search").addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(() => quietly(load()), 150);
});
at("sign-in").addEventListener("submit", signIn);
at("sign-out").addEventListener("click", () => {
  fetch("/auth/logout", {
    method: "POST",
    headers: { Authorization: `Bearer ${sessionStorage.getItem(KEPT)}` },
  }).catch(() => {});
  signedOut();
});
at("refresh").addEventListener("click", () => quietly(load()));
at("back").addEventListener("click", back);
for (const button of document.querySelectorAll(".language")) {
  button.addEventListener("click", () => {
    localStorage.setItem(CHOSEN, spoken() === "fr" ? "en" : "fr");
    speak();
    if (!at("mailbox").hidden) quietly(load());
    if (opened) show(opened);
  });
}
at("more").addEventListener("click", () => quietly(load({ more: true })));
at("empty").addEventListener("click", () => {
  if (confirm(texts.sureToEmpty)) quietly(ask(EMPTY).then(() => load()));
});
for (const tab of at("tabs").children) {
  tab.addEventListener("click", () => turn(tab.dataset.view));
}
at("tabs").addEventListener("keydown", ({ key, target }) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (!step) return;
  const tabs = [...at("tabs").children].filter((tab) => !tab.disabled);
  const next = tabs[(tabs.indexOf(target) + step + tabs.length) % tabs.length];
  next.focus();
  turn(next.dataset.view);
});
// New mails come by themselves, unless somebody is further down the list.
setInterval(() => {
  if (!at("mailbox").hidden && !document.hidden && mails.length <= 50) quietly(load());
}, REFRESH_MS);

function speak() {
  const language = spoken();
  texts = TEXTS[language];
  const clock = { fr: "fr-FR", en: "en-GB" }[language];
  long = new Intl.DateTimeFormat(clock, { dateStyle: "full", timeStyle: "medium" });
  day = new Intl.DateTimeFormat(clock, { day: "numeric", month: "short" });
  time = new Intl.DateTimeFormat(clock, { hour: "2-digit", minute: "2-digit" });
  document.documentElement.lang = language;
  document.title = `fieldgate · ${texts.title}`;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = texts[element.dataset.text];
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.ariaLabel = texts[element.dataset.label];
  }
  for (const button of document.querySelectorAll(".language")) {
    button.textContent = texts.other;
    button.lang = language === "fr" ? "en" : "fr";
  }
  at("search").placeholder = at("search").ariaLabel = texts.search;
}

speak();
if (sessionStorage.getItem(KEPT)) await start();
else signedOut();
