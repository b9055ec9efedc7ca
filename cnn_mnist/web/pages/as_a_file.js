// A page that is opened as a file can load no modules; say what to do instead.
if (location.protocol === 'file:') {
  document.getElementById('as-a-file').hidden = false;
}
