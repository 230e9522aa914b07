// The few pages people see before they are in the portal: rendered here, nothing from elsewhere; only passkeys need a script.

import encodeQR from 'qr';

/** Headers of every page: nothing but the own style sheet and the script for passkeys, forms only to ourselves, never in a frame, never stored. */
export const pageHeaders: Record<string, string> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Text safe inside HTML text and quoted attributes. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Sign-in with e-mail and password. `action` is where the form goes; `failure` is shown and read out. */
export const signInPage = (action: string, form: { email: string; failure?: string; passkey?: string }): string =>
  page(
    'Sign in',
    `${alert(form.failure)}
    <form method="post" action="${escapeHtml(action)}">
      ${field({ name: 'email', label: 'E-mail', type: 'email', value: form.email, autocomplete: 'username', max: 254, focus: !form.email })}
      ${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', max: 512, focus: !!form.email })}
      <button type="submit">Sign in</button>
    </form>
    ${form.passkey ? passkeyForm(action, 'passkey', form.passkey, 'Sign in with a passkey') : ''}
    <p class="note">No account? Ask an administrator of your organisation for an invitation.</p>`,
  );

/** Told to who has to wait after wrong passwords; the way back leads to the form, and to a passkey. */
export const blockedPage = (action: string, wait: string): string =>
  page(
    'Sign in',
    `${alert(`Too many attempts. Try again in ${wait}.`)}
    <p><a class="button" href="${escapeHtml(action)}">Back to sign-in</a></p>`,
  );

/** Second step of a sign-in: a code of the app, a recovery code, or a passkey. */
export const secondFactorPage = (action: string, form: { code: boolean; passkey?: string; failure?: string }): string =>
  page(
    'Show that it is you',
    `${alert(form.failure)}
    ${form.passkey ? passkeyForm(action, 'passkey', form.passkey, 'Use your passkey') : ''}
    <form method="post" action="${escapeHtml(action)}">
      <input type="hidden" name="step" value="code">
      ${field({ name: 'code', label: form.code ? 'Code of your authenticator app' : 'Recovery code', type: 'text', autocomplete: 'one-time-code', max: 40, focus: true, hint: form.code ? 'Without the app, use one of your recovery codes.' : 'One of the codes you got when you set up your passkey.' })}
      <button type="submit">Continue</button>
    </form>`,
  );

/** Adds a second factor at a sign-in; `skip` when it is only offered. */
export const enrolPage = (
  action: string,
  form: { secret: string; uri: string; passkey: string; skip: boolean; failure?: string },
): string =>
  page(
    'Protect your account',
    `<p>A second factor keeps others out, also when they know your password.</p>
    ${alert(form.failure)}
    ${passkeyForm(action, 'enrol-passkey', form.passkey, 'Make a passkey')}
    <h2>Or use an authenticator app</h2>
    <p class="hint">Scan this with the app, enter the key below, or <a href="${escapeHtml(form.uri)}">open the app on this device</a>.</p>
    <div class="qr" role="img" aria-label="Key for the authenticator app">${encodeQR(form.uri, 'svg')}</div>
    <p><code id="totp-secret">${escapeHtml(form.secret.replaceAll(/(.{4})(?=.)/g, '$1 '))}</code></p>
    <form method="post" action="${escapeHtml(action)}">
      <input type="hidden" name="step" value="enrol-totp">
      ${field({ name: 'code', label: 'Code that the app shows', type: 'text', autocomplete: 'one-time-code', max: 10 })}
      <button type="submit">Use the app</button>
    </form>
    ${
      form.skip
        ? `<form method="post" action="${escapeHtml(action)}"><input type="hidden" name="step" value="skip"><button class="quiet" type="submit">Not now</button></form>`
        : ''
    }`,
  );

/** Whether a program may act for a person. */
export const consentPage = (
  action: string,
  form: { name: string; scopes: readonly string[]; offline: boolean },
): string =>
  page(
    `Let ${form.name} act for you?`,
    `<p>${escapeHtml(form.name)} wants to do this in your name:</p>
    <ul>${form.scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`).join('') || '<li>only know who you are</li>'}</ul>
    ${form.offline ? '<p>Also while you are away, for 90 days at most.</p>' : ''}
    <p class="note">It can never do more than you can, and cannot change who may do what.</p>
    <form method="post" action="${escapeHtml(action)}">
      <button type="submit" name="answer" value="allow">Allow</button>
      <button class="quiet" type="submit" name="answer" value="deny">Do not allow</button>
    </form>`,
  );

/** The recovery codes, this once. */
export const recoveryCodesPage = (action: string, codes: readonly string[]): string =>
  page(
    'Keep your recovery codes',
    `<p>Each lets you in once when you have lost your second factor. They are not shown again.</p>
    <ul class="codes">${codes.map((code) => `<li><code>${escapeHtml(code)}</code></li>`).join('')}</ul>
    <form method="post" action="${escapeHtml(action)}">
      <input type="hidden" name="step" value="done">
      <button type="submit">I have kept them</button>
    </form>`,
  );

const passkeyForm = (action: string, step: string, options: string, button: string): string =>
  `<form method="post" action="${escapeHtml(action)}" class="passkey" data-options="${escapeHtml(options)}" data-step="${step}" hidden>
      <input type="hidden" name="step" value="${step}">
      <input type="hidden" name="response" value="">
      <button type="submit" class="quiet">${escapeHtml(button)}</button>
      <p class="alert" role="alert" hidden></p>
    </form>
    <script src="/oidc/passkey.js" defer></script>`;

/** Set-up of the first administrator, or registration of an invited person (then the e-mail is fixed). */
export const registrationPage = (
  action: string,
  form: {
    kind: 'setup' | 'invitation';
    name: string;
    email: string;
    failure?: string;
    shortest: number;
    longest: number;
  },
): string =>
  page(
    form.kind === 'setup' ? 'Set up Quaywatch' : 'Join Quaywatch',
    `<p>${
      form.kind === 'setup'
        ? 'You become the first administrator. This link works once.'
        : 'Choose a password. This link works once.'
    }</p>
    ${alert(form.failure)}
    <form method="post" action="${escapeHtml(action)}">
      ${field({ name: 'name', label: 'Name', type: 'text', value: form.name, autocomplete: 'name', max: 100, focus: !form.name })}
      ${field({ name: 'email', label: 'E-mail', type: 'email', value: form.email, autocomplete: 'username', max: 254, fixed: form.kind === 'invitation' })}
      ${field({
        name: 'password',
        label: 'Password',
        type: 'password',
        autocomplete: 'new-password',
        max: form.longest,
        focus: !!form.name,
        hint: `At least ${form.shortest} characters. A few words you remember are good.`,
      })}
      <button type="submit">${form.kind === 'setup' ? 'Create administrator' : 'Create account'}</button>
    </form>`,
  );

/** A link that cannot be used any more. */
export const deadLinkPage = (publicUrl: string): string =>
  page(
    'This link no longer works',
    `<p>It was used already, or it is too old. Ask for a new one; the platform gives a new set-up link at each start until one was used.</p>
    <p><a href="${escapeHtml(publicUrl)}/">Go to Quaywatch</a></p>`,
  );

/** Something went wrong in the sign-in protocol; `reason` is the protocol's own text. */
export const errorPage = (publicUrl: string, reason: string): string =>
  page(
    'Signing in did not work',
    `<p>${escapeHtml(reason)}</p>
    <p><a class="button" href="${escapeHtml(publicUrl)}/auth/login">Try again</a></p>`,
  );

/** Asks whether to sign out; `form` is the provider's hidden form. */
export const signOutPage = (form: string): string =>
  page(
    'Sign out of Quaywatch?',
    `${form}
    <button type="submit" form="op.logoutForm" value="yes" name="logout">Sign out</button>
    <button class="quiet" type="submit" form="op.logoutForm">Stay signed in</button>`,
  );

/** After signing out. */
export const signedOutPage = (publicUrl: string): string =>
  page('Signed out', `<p><a class="button" href="${escapeHtml(publicUrl)}/">Sign in again</a></p>`);

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'email' | 'password';
  readonly autocomplete: string;
  readonly max: number;
  readonly value?: string;
  readonly focus?: boolean;
  readonly fixed?: boolean;
  readonly hint?: string;
}

function field({ name, label, type, autocomplete, max, value, focus, fixed, hint }: Field): string {
  const attributes = [
    `id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" maxlength="${max}" required`,
    value ? `value="${escapeHtml(value)}"` : '',
    focus ? 'autofocus' : '',
    fixed ? 'readonly' : '',
    hint ? `aria-describedby="${name}-hint"` : '',
    type === 'text' ? '' : 'autocapitalize="none" spellcheck="false"',
  ];
  return `<label for="${name}">${escapeHtml(label)}</label>
      <input ${attributes.filter(Boolean).join(' ')}>
      ${hint ? `<p class="hint" id="${name}-hint">${escapeHtml(hint)}</p>` : ''}`;
}

const alert = (text: string | undefined): string =>
  text ? `<p class="alert" role="alert">${escapeHtml(text)}</p>` : '';

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${escapeHtml(title)} · Quaywatch</title>
  <link rel="stylesheet" href="/oidc/style.css">
</head>
<body>
  <main>
    <p class="brand">Quaywatch</p>
    <h1>${escapeHtml(title)}</h1>
    ${body}
  </main>
</body>
</html>
`;

/** The style sheet of all pages: grey ground, white card, one blue, both colour schemes; as the portal. */
export const styleSheet = `:root{--ground:#edf0f3;--surface:#fff;--line:#cfd6dd;--text:#141a20;--muted:#505b66;--accent:#0b5cad;--accent-text:#fff;--act:#b81d1d}
@media (prefers-color-scheme:dark){:root{--ground:#111519;--surface:#1b2127;--line:#37414b;--text:#edf0f3;--muted:#a9b4be;--accent:#7ab8ff;--accent-text:#0c1116;--act:#ff8078}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:16px;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:400px;background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:24px}
.brand{margin:0 0 16px;font-weight:700}
h1{font-size:22px;line-height:1.3;margin:0 0 12px}
label{display:block;font-weight:600;margin:16px 0 4px}
input{width:100%;font:inherit;color:inherit;background:var(--ground);border:1px solid var(--muted);border-radius:6px;padding:10px 12px}
input[readonly]{border-style:dashed;color:var(--muted)}
button,.button{display:inline-block;width:100%;margin-top:20px;font:inherit;font-weight:600;text-align:center;text-decoration:none;padding:11px 16px;border:1px solid var(--accent);border-radius:6px;background:var(--accent);color:var(--accent-text);cursor:pointer}
button.quiet{margin-top:8px;background:none;border-color:var(--muted);color:var(--text)}
a{color:var(--accent)}
.button{color:var(--accent-text)}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.hint,.note{color:var(--muted);font-size:14px;margin:4px 0 0}
.note{margin-top:20px}
h2{font-size:17px;margin:20px 0 4px}
.codes{columns:2;padding-left:20px}
[hidden]{display:none}
.qr{width:200px;margin:12px 0;background:#fff}
.alert{border:1px solid var(--act);border-left-width:6px;border-radius:6px;padding:8px 12px;color:var(--act);font-weight:600}
`;
