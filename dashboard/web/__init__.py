"""Components written in JavaScript, each in a folder."""
