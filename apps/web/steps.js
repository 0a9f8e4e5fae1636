// How far a call that is being set up has come: signalling, ICE, DTLS, media.
const ORDER = ['signalling', 'ice', 'dtls', 'media'];

export class Steps {
  #list;

  /// `list`: an <ol> with one <li data-step="…"> each.
  constructor(list) {
    this.#list = list;
    this.begin();
  }

  begin() { this.#show(0); }

  /// `step` is done, and so are all before it.
  done(step) {
    const index = ORDER.indexOf(step);
    if (index >= this.done_) this.#show(index + 1);
  }

  get finished() { return this.done_ === ORDER.length; }

  #show(count) {
    this.done_ = count;
    for (const item of this.#list.children) {
      const index = ORDER.indexOf(item.dataset.step);
      item.dataset.is = index < count ? 'done' : index === count ? 'now' : 'later';
      if (index === count) item.setAttribute('aria-current', 'step'); else item.removeAttribute('aria-current');
    }
  }
}
