-- Many runs and a fleet: what the catalogue knows of a run, the agents with their histories, answers to commands, and events that are counted over all runs.
ALTER TABLE runs ADD COLUMN entry TEXT;
CREATE TABLE fleet(agent TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE fleet_history(id INTEGER PRIMARY KEY AUTOINCREMENT, agent TEXT NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL, run TEXT, by TEXT);
CREATE INDEX fleet_history_by_agent ON fleet_history(agent, id);
CREATE TABLE commands(key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE service(id TEXT NOT NULL);
CREATE TABLE events_of_all(
    id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE(run, sequence));
INSERT INTO events_of_all(run, sequence, at, body) SELECT run, sequence, 0, body FROM events ORDER BY rowid;
DROP TABLE events;
ALTER TABLE events_of_all RENAME TO events;
