-- The noise of private rounds.
CREATE TABLE noise(run TEXT NOT NULL, round INTEGER NOT NULL, key BLOB, PRIMARY KEY(run, round));
