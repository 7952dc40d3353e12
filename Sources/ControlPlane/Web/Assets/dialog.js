// Questions before something is done.

/**
 * Asks, and does it when the answer is yes.
 *
 * The question stays while it is done, and when it fails, with the reason.
 * @param title names the thing
 * @param body paragraphs of plain text
 * @param action the verb on the button
 * @param cautious the focus starts on Cancel, and the action is red
 * @param perform does it
 * @returns whether it was done
 */
export function ask({ title, body, action, cautious = false, perform }) {
  const dialog = document.getElementById('dialog');
  dialog.querySelector('h2').textContent = title;
  dialog.querySelector('#dialog-body').replaceChildren(...body.map((text) => {
    const paragraph = document.createElement('p');
    paragraph.textContent = text;
    return paragraph;
  }));
  const cancel = button('Cancel', 'button');
  const confirm = button(action, cautious ? 'button destructive solid' : 'button primary');
  dialog.querySelector('.dialog-buttons').replaceChildren(cancel, confirm);
  dialog.showModal();
  (cautious ? cancel : confirm).focus();
  return new Promise((resolve) => {
    let isDone = false;
    cancel.onclick = () => dialog.close();
    confirm.onclick = async () => {
      cancel.disabled = confirm.disabled = true;
      dialog.setAttribute('aria-busy', 'true');
      try {
        await perform();
        isDone = true;
        dialog.close();
      } catch (error) {
        complain(dialog, error);
        cancel.disabled = false;
        cancel.focus();
      } finally {
        dialog.removeAttribute('aria-busy');
      }
    };
    dialog.onclose = () => resolve(isDone);
  });
}

/** Says what went wrong, at once and to everybody. */
export function complain(place, error) {
  let line = place.querySelector(':scope > .problem');
  if (!line) {
    line = document.createElement('p');
    line.className = 'problem';
    line.setAttribute('role', 'alert');
    place.querySelector('.dialog-buttons')?.before(line) ?? place.append(line);
  }
  line.textContent = error.message;
}

/** Tells something that has to be noted down, such as a token that is shown once. */
export function tell(title, text, code) {
  const dialog = document.getElementById('dialog');
  dialog.querySelector('h2').textContent = title;
  const paragraph = document.createElement('p');
  paragraph.textContent = text;
  const value = document.createElement('code');
  value.className = 'key';
  value.textContent = code;
  dialog.querySelector('#dialog-body').replaceChildren(paragraph, value);
  const done = button('I have noted it', 'button primary');
  dialog.querySelector('.dialog-buttons').replaceChildren(done);
  done.onclick = () => dialog.close();
  dialog.onclose = null;
  dialog.showModal();
  done.focus();
}

function button(label, kind) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = kind;
  element.textContent = label;
  return element;
}

document.getElementById('dialog')?.addEventListener('close', (event) => {
  event.target.querySelector(':scope > .problem')?.remove();
});
