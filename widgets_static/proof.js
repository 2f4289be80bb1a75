// Solves the proof of work of ALTCHA, version 2, while a form is filled in. The form works without.
(() => {
  const form = document.querySelector("form[method=post]");
  const field = form?.elements.proof;
  const subtle = self.crypto?.subtle;
  // A proof that was sent once is sent again, so that a repeated request stays the same.
  if (!field || field.value || !subtle) return;

  const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

  // The browser derives keys beside this thread, so the page stays responsive.
  const derive = async (parameters, counter) => {
    const nonce = fromHex(parameters.nonce);
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const salt = fromHex(parameters.salt);
    const method = { name: "PBKDF2", hash: "SHA-256", salt, iterations: parameters.cost };
    return toHex(new Uint8Array(await subtle.deriveBits(method, key, parameters.keyLength * 8)));
  };

  const solve = async ({ parameters }) => {
    for (let counter = 0; ; counter++) {
      const derivedKey = await derive(parameters, counter);
      if (derivedKey.startsWith(parameters.keyPrefix)) return { counter, derivedKey };
    }
  };

  const prove = async () => {
    const response = await fetch("/challenge", { cache: "no-store", credentials: "omit" });
    const { challenge } = await response.json();
    if (challenge?.parameters.algorithm !== "PBKDF2/SHA-256") return;
    field.value = btoa(JSON.stringify({ challenge, solution: await solve(challenge) }));
  };

  form.addEventListener("focusin", () => prove().catch(() => {}), { once: true });
})();
