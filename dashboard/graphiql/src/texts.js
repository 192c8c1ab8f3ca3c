// The few sentences around GraphiQL, in the two languages of the product.
const TEXTS = {
  en: {
    title: "Sign in to ask the API",
    login: "Login",
    password: "Password",
    signIn: "Sign in",
    or: "or",
    token: "Paste a token",
    useToken: "Use this token",
    signOut: "Sign out",
    wrong: "This login and password don't match.",
    tooOften: "Too many attempts. Wait a minute.",
    unreachable: "The server does not answer. Try again in a moment.",
    expired: "Your token is not valid any more. Sign in again.",
  },
  fr: {
    title: "Connectez-vous pour interroger l'API",
    login: "Identifiant",
    password: "Mot de passe",
    signIn: "Se connecter",
    or: "ou",
    token: "Coller un jeton",
    useToken: "Utiliser ce jeton",
    signOut: "Se déconnecter",
    wrong: "Identifiant ou mot de passe incorrect.",
    tooOften: "Trop de tentatives. Patientez une minute.",
    unreachable: "Le serveur ne répond pas. Réessayez dans un instant.",
    expired: "Votre jeton n'est plus valable. Reconnectez-vous.",
  },
};

export const language = navigator.language.toLowerCase().startsWith("fr") ? "fr" : "en";
export const texts = TEXTS[language];
