const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The page of a sign-in that did not work; looks like the provider's pages. */
export const signInFailedPage = (text: string): string => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Signing in did not work · Quaywatch</title>
  <link rel="stylesheet" href="/oidc/style.css">
</head>
<body>
  <main>
    <p class="brand">Quaywatch</p>
    <h1>Signing in did not work</h1>
    <p>${escape(text)}</p>
    <p><a class="button" href="/auth/login">Try again</a></p>
  </main>
</body>
</html>
`;
