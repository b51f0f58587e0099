"""`@` in the composer: the word that is being typed, the files it may mean, and what is put in its place."""
