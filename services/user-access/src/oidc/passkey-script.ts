/** Runs in the browser: asks its authenticator, and sends the answer with the form. Plain WebAuthn, no library. */
export const passkeyScript = `'use strict';
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
  const ids = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const create = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: ids(options.excludeCredentials),
      },
    });
    return {
      ...base(made),
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      },
    };
  };
  const get = async (options) => {
    const got = await navigator.credentials.get({
      publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: ids(options.allowCredentials) },
    });
    const { response } = got;
    return {
      ...base(got),
      response: {
        clientDataJSON: text(response.clientDataJSON),
        authenticatorData: text(response.authenticatorData),
        signature: text(response.signature),
        userHandle: response.userHandle ? text(response.userHandle) : undefined,
      },
    };
  };
  const base = (credential) => ({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment || undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
  for (const form of document.querySelectorAll('form.passkey')) {
    if (form.dataset.ready) continue;
    form.dataset.ready = 'yes';
    form.hidden = false;
    form.addEventListener('submit', (event) => {
      if (form.elements.response.value) return;
      event.preventDefault();
      const work = form.dataset.step === 'enrol-passkey' ? create : get;
      work(JSON.parse(form.dataset.options)).then(
        (answer) => {
          form.elements.response.value = JSON.stringify(answer);
          form.submit();
        },
        (error) => {
          const alert = form.querySelector('.alert');
          alert.textContent = 'The passkey could not be used: ' + error.message;
          alert.hidden = false;
        },
      );
    });
  }
})();
`;
